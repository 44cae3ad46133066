import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { cliError } from '../error.ts';

/**
 * A port of 127.0.0.1 that nobody listens on: the wanted one, or any for 0. A wanted one in use is an error that names
 * the setting to change.
 */
export function freePort(wanted: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', error => {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      const hint = `choose another in ${setting}, or leave it out`;
      reject(taken ? cliError('CLI_PORT_IN_USE', `port 127.0.0.1:${wanted} is in use`, { hint }) : error);
    });
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
