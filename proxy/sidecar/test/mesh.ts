import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { buildService, createServiceRegistry, serviceSpec } from '@krater/config';
import type { Log, Mixer } from '@krater/mixer';
import { createSidecar, type Sidecar, type SidecarOptions } from '../src/index.ts';
import { plainMixer } from './plain-mixer.ts';

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const wallClock = { now: () => performance.timeOrigin + performance.now() };
export const peerKey = 'a key of more than sixteen bytes';

/** An application behind its own sidecar, on real sockets, with everything closed by `await using`. */
export interface Mesh extends AsyncDisposable {
  readonly sidecar: Sidecar;
  readonly inbound: number;
  readonly outbound: number;
  readonly application: Server;
  readonly registry: ReturnType<typeof createServiceRegistry>;
}

export async function mesh(
  application: RequestListener,
  options: Partial<SidecarOptions> & { mixer?: Mixer } = {},
): Promise<Mesh> {
  const server = createServer({ keepAliveTimeout: 60_000 }, application).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const registry = createServiceRegistry();
  registry.replace([
    buildService(
      'ratings',
      'shop',
      serviceSpec.parse({
        workloads: [
          { name: 'ratings-v1', labels: { app: 'ratings', version: 'v1' }, run: { command: ['x'] } },
        ],
      }),
    ),
    buildService(
      'reviews',
      'shop',
      serviceSpec.parse({
        workloads: [{ name: 'reviews-v1', labels: { app: 'reviews' }, run: { command: ['x'] } }],
      }),
    ),
  ]);
  registry.setApplication('ratings-v1', { host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const sidecar = await createSidecar({
    workload: 'ratings-v1',
    registry,
    mixer: plainMixer().mixer,
    peerKey,
    log: silent,
    clock: wallClock,
    ...options,
  });
  return {
    sidecar,
    inbound: sidecar.addresses.inbound.port,
    outbound: sidecar.addresses.outbound.port,
    application: server,
    registry,
    async [Symbol.asyncDispose]() {
      await sidecar.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Sends raw bytes and returns everything that comes back until the other side closes, or `until` is seen. */
export function exchangeRaw(port: number, text: string | Buffer, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.on('data', piece => {
      received += piece;
      if (until !== undefined && received.includes(until)) socket.destroy();
    });
    socket.on('error', error => (received === '' ? reject(error) : resolve(received)));
    socket.on('close', () => resolve(received));
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  });
}

/** Waits for what another socket's events bring about, within a generous limit. */
export async function eventually(condition: () => boolean, what = 'the condition'): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (condition()) return;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  throw new Error(`${what} did not come true`);
}
