import { setTimeout } from 'node:timers';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { AnyAdapter } from '@krater/mixer';
import { isolationError } from '../error.ts';
import { type Serving, serve } from '../isolate/serve.ts';
import { isLoopback } from '../launch/loopback.ts';
import { channelOptions, serveMethod } from '../launch/remote-method.ts';
import { textOf } from '../protocol/packed-error.ts';

export interface ServeAdapterOptions {
  readonly adapter: AnyAdapter;
  readonly host: string;
  /** 0 chooses one. */
  readonly port: number;
  /** In PEM. With `ca`, only clients with a certificate of it are served. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer; readonly ca?: Buffer };
}

export interface RemoteServer {
  /** HOST:PORT. */
  readonly address: string;
  /** Hosts that are connected. */
  readonly connections: number;
  /** Closes the handlers of all connections. */
  close(): Promise<void>;
}

/**
 * Serves one adapter to Mixers elsewhere. Each connection is an isolate of its own, which ends with it. Beyond loopback
 * clients must show a certificate: whoever connects hands in parameters, and sees what handlers answer.
 *
 * @example const server = await serveAdapter({ adapter: denylist, host: '127.0.0.1', port: 9094 });
 */
export async function serveAdapter({ adapter, host, port, tls }: ServeAdapterOptions): Promise<RemoteServer> {
  if (!isLoopback(host) && tls?.ca === undefined) {
    throw isolationError(
      'ISOLATE_TLS_NEEDED',
      `"${host}" is beyond loopback, where clients must show a certificate`,
      {
        hint: 'set --tls-certificate, --tls-key and --tls-ca, or leave out --host',
      },
    );
  }
  const server = new Server(channelOptions);
  const connections = new Map<Stream, Serving>();
  server.addService(
    { serve: serveMethod },
    { serve: (stream: Stream) => accept(stream, adapter, connections) },
  );
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          tls.ca ?? null,
          [{ cert_chain: tls.certificate, private_key: tls.key }],
          tls.ca !== undefined,
        );
  const shown = host.includes(':') ? `[${host}]` : host;
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${shown}:${port}`, credentials, (error, chosen) =>
      error ? reject(error) : resolve(chosen),
    ),
  );
  return {
    address: `${shown}:${bound}`,
    get connections() {
      return connections.size;
    },
    async close() {
      const open = [...connections.values()];
      await Promise.all(open.map(serving => serving.end()));
      server.forceShutdown();
    },
  };
}

type Stream = ServerDuplexStream<string, string>;

function accept(stream: Stream, adapter: AnyAdapter, connections: Map<Stream, Serving>): void {
  const serving = serve({
    send(text) {
      // A host that does not read its answers is not read either.
      if (!stream.destroyed && !stream.write(text)) stream.pause();
    },
    load: async () => adapter,
    after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
  });
  connections.set(stream, serving);
  const end = () => {
    if (connections.delete(stream)) void serving.end().catch(() => {});
  };
  stream.on('drain', () => stream.resume());
  stream.on('data', (text: string) => {
    try {
      serving.receive(text);
    } catch (error) {
      stream.destroy(isolationError('ISOLATE_PROTOCOL', `that is no message: ${textOf(error)}`));
    }
  });
  stream.on('end', () => stream.end());
  for (const event of ['end', 'cancelled', 'error', 'close']) stream.on(event, end);
}
