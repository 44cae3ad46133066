import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createServiceRegistry, type ServiceRegistry } from '@krater/config';
import { silentLog } from '@krater/mixer';
import { createSidecar, type Sidecar, type SidecarOptions } from '../src/index.ts';
import { type RecordedMixer, recordedMixer, type Script } from './recorded-mixer.ts';

export const wallClock = { now: () => performance.timeOrigin + performance.now() };
export const peerKey = 'a key of more than sixteen bytes';

/** The application "ratings" behind its own sidecar, on real sockets; `await using` closes everything. */
export interface Mesh extends AsyncDisposable, RecordedMixer {
  readonly sidecar: Sidecar;
  readonly inbound: number;
  readonly outbound: number;
  readonly application: Server;
  readonly registry: ServiceRegistry;
}

export async function mesh(
  application: RequestListener,
  options: Partial<SidecarOptions> & { readonly script?: Script } = {},
): Promise<Mesh> {
  const server = createServer({ keepAliveTimeout: 60_000 }, application).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const registry = createServiceRegistry();
  const recorded = await recordedMixer(registry, options.script);
  registry.setApplication('ratings-v1', { host: '127.0.0.1', port: portOf(server) });
  const { script: _, ...rest } = options;
  const common = { registry, mixer: recorded.mixer, peerKey, log: silentLog, clock: wallClock };
  const sidecar = await createSidecar({ workload: 'ratings-v1', ...common, ...rest });
  return {
    ...recorded,
    sidecar,
    inbound: sidecar.addresses.inbound.port,
    outbound: sidecar.addresses.outbound.port,
    application: server,
    registry,
    async [Symbol.asyncDispose]() {
      await sidecar.close();
      await recorded.mixer.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export function portOf(server: { address(): string | AddressInfo | null }): number {
  return (server.address() as AddressInfo).port;
}

/** Sends raw bytes (latin1) and returns all that comes back until the other side closes, or until `until` is seen. */
export function exchangeRaw(port: number, text: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.on('data', piece => {
      received += piece;
      if (until !== undefined && received.includes(until)) socket.destroy();
    });
    socket.on('error', error => (received === '' ? reject(error) : resolve(received)));
    socket.on('close', () => resolve(received));
    socket.write(Buffer.from(text, 'latin1'));
  });
}

/** Waits for what the events of other sockets bring about, within a generous limit. */
export async function eventually(condition: () => boolean, what = 'the condition'): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (condition()) return;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  throw new Error(`${what} did not come true`);
}
