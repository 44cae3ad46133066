import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { within } from './call.ts';
import type { FakeEnv } from './fake-env.ts';
import type { Handler } from './trial.ts';

/** A backend that accepts every connection and never says anything. */
export interface Silence extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
}

/** Starts one on a free port of this machine. */
export async function startSilence(): Promise<Silence> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A `fetch` to such a backend. */
export const neverAnswers: typeof fetch = (_input, init) =>
  new Promise((_, reject) => {
    const stop = () => reject(init?.signal?.reason);
    if (init?.signal?.aborted) stop();
    else init?.signal?.addEventListener('abort', stop, { once: true });
  });

/** Milliseconds that the engine waits for `create`. */
export const createPatience = 30_000;

/** What `create` comes to within the engine's patience on the fake clock, or undefined. */
export async function createdInTime(creating: Promise<Handler>, env: FakeEnv): Promise<Handler | undefined> {
  for (let waited = 0; waited < createPatience; waited += 1_000) {
    const handler = await within(5, creating);
    if (handler !== undefined) return handler;
    await env.clock.advance(1_000, { wait: false });
  }
  return undefined;
}
