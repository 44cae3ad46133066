import { randomBytes } from 'node:crypto';
import type { Delivery, Destination } from '@krater/mixer/telemetry';
import type { Config } from './config.ts';
import { Connection } from './connection.ts';
import type { Entry } from './entry.ts';
import { isHelo, shakeHands, wantsKey } from './handshake.ts';
import { forwardMessage } from './message.ts';

/**
 * A server of the forward protocol, with one connection at a time, made when there is something to send. With `acks`,
 * entries count as taken when the server has confirmed their chunk, and a chunk that it has not may arrive twice.
 */
export class ForwardServer implements Destination<Entry> {
  readonly #config: Config;
  #connection: Connection | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async send(entries: readonly Entry[], signal: AbortSignal): Promise<Delivery<Entry>> {
    const left = new Set(entries);
    const abort = () => this.#connection?.destroy('the server has not answered in time');
    signal.addEventListener('abort', abort, { once: true });
    try {
      for (const group of Map.groupBy(entries, ({ tag }) => tag).values()) {
        await this.#sendGroup(await this.#connected(signal), group);
        for (const entry of group) left.delete(entry);
      }
      return { taken: entries.length };
    } catch (error) {
      this.close();
      const { message, code } = error as NodeJS.ErrnoException;
      return { again: message || String(code), left: [...left] };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #connected(signal: AbortSignal): Promise<Connection> {
    if (signal.aborted) throw new Error('given up');
    if (this.#connection?.open) return this.#connection;
    const connection = new Connection(this.#config);
    this.#connection = connection;
    const { sharedKey, hostname, user } = this.#config;
    if (sharedKey !== undefined)
      await shakeHands(connection, { sharedKey: sharedKey.reveal(), hostname, user });
    return connection;
  }

  async #sendGroup(connection: Connection, group: readonly Entry[]): Promise<void> {
    const { mode, acks } = this.#config;
    const chunk = acks ? randomBytes(16).toString('base64') : undefined;
    await connection.write(await forwardMessage(mode, group, chunk));
    if (chunk === undefined) return;
    const answer = await connection.read();
    if (isHelo(answer)) throw new Error(wantsKey);
    if ((answer as { ack?: unknown } | null)?.ack !== chunk)
      throw new Error('the server confirms another chunk');
  }
}
