import { readFileSync } from 'node:fs';
import { createAdapterLoader } from '../adapters/adapter-loader.ts';
import type { Action } from '../command.ts';
import { cliError } from '../error.ts';
import { untilStopped } from '../serve/until-stopped.ts';
import { exit } from '../terminal.ts';

interface ServeOptions {
  readonly config: string;
  readonly host: string;
  readonly port: number;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** `krater adapters serve PACKAGE`: runs an adapter for Mixers whose handlers say `isolation: { mode: remote, … }`. */
export const adaptersServe: Action<ServeOptions> = async (terminal, [name = ''], options) => {
  const stopped = untilStopped();
  const { adapter, origin } = await createAdapterLoader(options.config).resolve(name, options.config);
  const { serveAdapter } = await import('@krater/isolation/serving');
  const { host, port } = options;
  const server = await serveAdapter({ adapter, host, port, ...tlsOf(options) });
  const { address } = server;
  terminal.tell(
    { event: 'listening', what: 'adapter', adapter: adapter.name, origin, address },
    `adapter ${adapter.name} (${origin}) listens on ${address}`,
  );
  await stopped;
  await server.close();
  terminal.tell({ event: 'stopped' }, 'stopped');
  return exit.fine;
};

function tlsOf({ tlsCertificate, tlsKey, tlsCa }: ServeOptions) {
  if (tlsCertificate === undefined && tlsKey === undefined && tlsCa === undefined) return {};
  if (tlsCertificate === undefined || tlsKey === undefined) {
    throw cliError('CLI_WRONG_USE', 'TLS needs a certificate and its key, found only one of the files', {
      hint: 'set --tls-certificate and --tls-key',
    });
  }
  const ca = tlsCa === undefined ? {} : { ca: read(tlsCa) };
  return { tls: { certificate: read(tlsCertificate), key: read(tlsKey), ...ca } };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw cliError('CLI_UNREADABLE_FILE', `"${path}" cannot be read: ${(error as Error).message}`);
  }
}
