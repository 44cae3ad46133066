import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress } from '@krater/config';
import { cliError } from '../error.ts';

/** One address that something listens on. */
export interface ListeningAt {
  /** `admin`, `details inbound`, … */
  readonly what: string;
  readonly address: string;
}

export interface Listening {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Binds a server; a port in use is an error that names the flag to change it. */
export async function listen(
  server: Server,
  {
    host,
    port,
    what,
    flag,
  }: { readonly host: string; readonly port: number; readonly what: string; readonly flag: string },
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(inUse(error, { host, port, what, flag })));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    address: formatAddress({ host, port: bound }),
    port: bound,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function inUse(
  error: unknown,
  { host, port, what, flag }: { host: string; port: number; what: string; flag: string },
): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return cliError('CLI_PORT_IN_USE', `the ${what} port ${formatAddress({ host, port })} is in use`, {
    hint: `choose another with ${flag}, or 0 for any`,
  });
}
