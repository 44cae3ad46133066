import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** A request as the service has received it. */
export interface Received {
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON was sent
  readonly body: any;
  readonly headers: IncomingHttpHeaders;
}

/** What the service does with a request: what it returns is sent as JSON, undefined leaves the response to it. */
export type Behaviour = (received: Received, response: ServerResponse) => unknown;

/** A service on a real socket; `answer` can be replaced while it runs. */
export async function createService(tls?: ServerOptions) {
  const received: Received[] = [];
  const listener = async (
    request: AsyncIterable<Buffer> & { headers: IncomingHttpHeaders },
    response: ServerResponse,
  ) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const one = { text, body: JSON.parse(text), headers: request.headers };
    received.push(one);
    const answer = await service.answer(one, response);
    if (answer !== undefined) response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const service = {
    received,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    answer: byVerb as Behaviour,
    /** All report instances so far. */
    told: () => received.filter(({ body }) => body.verb === 'report').flatMap(({ body }) => body.reports),
    async kill() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await service.kill();
    },
  };
  return service;
}

/** Allows, grants, finds and takes. */
export function byVerb({ body }: Received): object {
  switch (body.verb) {
    case 'check':
      return { allow: true };
    case 'quota':
      return { granted: body.amount };
    case 'attributes':
      return { value: {} };
    default:
      return {};
  }
}

/** An authority, and certificates of it for the service at 127.0.0.1 and for a client. */
export async function certificates() {
  const settings = { keyType: 'ec', algorithm: 'sha256' } as const;
  const ca = await generate([{ name: 'commonName', value: 'test authority' }], {
    ...settings,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const issued = async (name: string) => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
      ...settings,
      ca: { key: ca.private, cert: ca.cert },
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    return { key, cert };
  };
  return { ca: ca.cert, server: await issued('127.0.0.1'), client: await issued('krater') };
}
