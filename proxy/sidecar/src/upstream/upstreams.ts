import type { Address } from '@krater/config';
import { type ConnectionOwner, UpstreamConnection } from './connection.ts';

export interface UpstreamLimits {
  /** Connections per endpoint (512); one more request gets none. */
  readonly maxUpstreamConnections: number;
  /** Milliseconds until a connection must stand (2,000). */
  readonly connectTimeout: number;
  /** Milliseconds an idle connection is kept (30,000), or less where the upstream says so. */
  readonly upstreamIdleTimeout: number;
}

export const defaultUpstreamLimits: UpstreamLimits = {
  maxUpstreamConnections: 512,
  connectTimeout: 2_000,
  upstreamIdleTimeout: 30_000,
};

/** The upstream says how long it waits; a request must not meet its closing on the way. */
const margin = 1_000;

/**
 * Keep-alive connections by endpoint. The most recently used is taken first, so that what is not needed grows old and is
 * closed.
 */
export class Upstreams {
  readonly #limits: UpstreamLimits;
  readonly #poolByAddress = new Map<string, Pool>();
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(limits: UpstreamLimits) {
    this.#limits = limits;
  }

  /** Open connections, idle ones included. */
  get connections(): number {
    let sum = 0;
    for (const pool of this.#poolByAddress.values()) sum += pool.total;
    return sum;
  }

  /** A connection to send one request on, or undefined if all are busy. `fresh` wants one that was never used. */
  acquire(address: Address, fresh: boolean): UpstreamConnection | undefined {
    const key = `${address.host}|${address.port}`;
    let pool = this.#poolByAddress.get(key);
    if (pool === undefined) {
      pool = new Pool(address, this.#limits);
      this.#poolByAddress.set(key, pool);
      if (!this.#closed) this.#sweeper ??= setInterval(() => this.#sweep(), 1_000).unref();
    }
    return pool.acquire(fresh);
  }

  /** Closes what is idle; what is busy closes when it is done. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const pool of this.#poolByAddress.values()) pool.close();
  }

  /** Drops everything, also calls in flight. */
  destroy(): void {
    this.close();
    for (const pool of this.#poolByAddress.values()) pool.destroy();
  }

  #sweep(): void {
    for (const [key, pool] of this.#poolByAddress) {
      pool.sweep();
      if (pool.total === 0) this.#poolByAddress.delete(key);
    }
  }
}

class Pool implements ConnectionOwner {
  readonly #address: Address;
  readonly #limits: UpstreamLimits;
  readonly #all = new Set<UpstreamConnection>();
  #idle: UpstreamConnection[] = [];
  #closed = false;

  constructor(address: Address, limits: UpstreamLimits) {
    this.#address = address;
    this.#limits = limits;
  }

  get total(): number {
    return this.#all.size;
  }

  acquire(fresh: boolean): UpstreamConnection | undefined {
    while (!fresh) {
      const connection = this.#idle.pop();
      if (connection === undefined) break;
      if (this.#isUsable(connection)) return connection;
      connection.abandon();
    }
    // A fresh one is worth more than an old idle one.
    if (this.#all.size >= this.#limits.maxUpstreamConnections) this.#idle.shift()?.abandon();
    if (this.#all.size >= this.#limits.maxUpstreamConnections) return undefined;
    const connection = new UpstreamConnection(this.#address, this.#limits.connectTimeout, this);
    this.#all.add(connection);
    return connection;
  }

  onIdle(connection: UpstreamConnection): void {
    if (this.#closed) {
      connection.abandon();
      return;
    }
    connection.idleSince = performance.now();
    this.#idle.push(connection);
  }

  onClosed(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  sweep(): void {
    const usable = this.#idle.filter(connection => this.#isUsable(connection));
    const old = this.#idle.filter(connection => !usable.includes(connection));
    this.#idle = usable;
    for (const connection of old) connection.abandon();
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.abandon();
  }

  destroy(): void {
    for (const connection of [...this.#all]) connection.destroy();
  }

  #isUsable(connection: UpstreamConnection): boolean {
    const limit = Math.min(this.#limits.upstreamIdleTimeout, connection.idleTimeout - margin);
    return connection.alive && performance.now() - connection.idleSince < limit;
  }
}
