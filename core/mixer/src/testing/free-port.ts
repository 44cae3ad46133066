import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that nobody listens on, for backends that cannot choose one and tell, and for addresses that
 * nobody serves. It is free, not reserved: take it soon.
 *
 * @example
 * const port = await freePort();
 * const backend = spawn('redis-server', ['--port', String(port)]);
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
