import type { ServiceEnv } from '@krater/mixer';
import type { Circuit } from './circuit.ts';
import type { Client } from './client.ts';

/** Milliseconds. */
const shortestBackOff = 50;
const longestBackOff = 2_000;

const withoutReason = 'the connection has ended';

/** Keeps a client connected, and tells the circuit whether it is. */
export class Connection {
  readonly #client: Client;
  readonly #env: ServiceEnv;
  #attempts = 0;
  #reason = withoutReason;
  #waiting: Disposable | undefined;
  #isClosed = false;

  constructor(client: Client, circuit: Circuit, env: ServiceEnv) {
    this.#client = client;
    this.#env = env;
    client.on('ready', () => {
      this.#attempts = 0;
      this.#reason = withoutReason;
      circuit.connected();
    });
    client.on('error', error => {
      this.#reason = error.message;
    });
    client.on('close', () => circuit.lost(this.#reason));
    client.on('end', () => this.#reconnect());
  }

  /** Resolves when Redis is ready, or when it has become clear, at the latest after a time, that it is not. */
  async open(patience: number): Promise<void> {
    await new Promise<void>(resolve => {
      const late = this.#env.timers.after(patience, resolve);
      const settled = () => {
        late[Symbol.dispose]();
        resolve();
      };
      this.#client.once('ready', settled);
      this.#client.once('end', settled);
      this.#connect();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting?.[Symbol.dispose]();
    if (this.#client.status !== 'end') this.#client.disconnect();
  }

  /** A failure is told by the events. */
  #connect(): void {
    this.#client.connect().catch(() => {});
  }

  #reconnect(): void {
    if (this.#isClosed) return;
    const backOff = Math.min(longestBackOff, shortestBackOff * 2 ** Math.min(this.#attempts++, 10));
    this.#waiting = this.#env.timers.after(backOff * (0.5 + this.#env.random() / 2), () => this.#connect());
  }
}
