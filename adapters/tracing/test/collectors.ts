import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a collector does with a batch; the answer's body as JSON. */
export type Behaviour = (
  spans: number,
) => { readonly status?: number; readonly body?: object } | Promise<{ readonly status?: number }>;

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly attributes: { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly service: string;
}

/** A collector on a real socket that takes both protocols and remembers the spans that it has taken. */
export async function collector(behave: Behaviour = () => ({})) {
  const spans: OtlpSpan[] = [];
  const zipkin: Record<string, unknown>[] = [];
  const requests: { readonly url: string | undefined; readonly headers: NodeJS.Dict<string | string[]> }[] =
    [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    requests.push({ url: request.url, headers: request.headers });
    const isZipkin = Array.isArray(body);
    const batch = isZipkin ? body : otlpSpans(body);
    const { status = 200, body: answer = {} } = (await behave(batch.length)) as {
      status?: number;
      body?: object;
    };
    if (status < 300) (isZipkin ? zipkin : spans).push(...batch);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    spans,
    zipkin,
    requests,
    endpoint: `${origin}/v1/traces`,
    kill() {
      server.closeAllConnections();
      return new Promise<void>(resolve => server.close(() => resolve()));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise(resolve => server.close(resolve));
    },
  };
}

function otlpSpans(body: {
  resourceSpans: { resource: { attributes: OtlpSpan['attributes'] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}) {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value[
      'stringValue'
    ] as string;
    return scopeSpans.flatMap(({ spans }) => spans.map(span => ({ ...span, service })));
  });
}

/** Attributes as one object. */
export function plain({ attributes }: OtlpSpan): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
