import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Ambient } from '@krater/mixer';
import type { Caller } from './caller.ts';
import type { Endpoint } from './endpoint.ts';
import { Http2Connection } from './http2-connection.ts';
import type { MixerServerLimits } from './limits.ts';
import type { MixerService } from './mixer-service.ts';
import type { CutReason, EndpointCounts } from './statistics.ts';
import type { WatchHub } from './watch-hub.ts';

export interface Http2EndpointParts {
  readonly service: MixerService;
  readonly hub: WatchHub;
  readonly counts: EndpointCounts;
  readonly limits: MixerServerLimits;
  readonly ambient: Pick<Ambient, 'clock' | 'after' | 'random'>;
  readonly cut: (reason: CutReason) => void;
}

/** Flow control: a report batch need not wait for a window. */
const streamWindow = 256 * 1024;
const connectionWindow = 4 * 1024 * 1024;

/**
 * gRPC on `node:http2` without a library between: for our own clients, whose calls are many, and who do without
 * compression, health and reflection.
 */
export class Http2Endpoint implements Endpoint {
  readonly #parts: Http2EndpointParts;
  readonly #server: Http2Server;
  readonly #connections = new Set<Http2Connection>();
  /** Bytes of messages that have arrived in part, of all connections. */
  readonly #unfinished = { bytes: 0 };
  #accepting: Caller | undefined;
  #cancelTick: () => void;
  #whenEmpty: (() => void) | undefined;

  constructor(parts: Http2EndpointParts) {
    this.#parts = parts;
    const { maxStreams } = parts.limits;
    this.#server = createServer({
      settings: { maxConcurrentStreams: maxStreams, initialWindowSize: streamWindow, enablePush: false },
      maxHeaderListPairs: 64,
    });
    this.#server.on('session', session => this.#opened(session));
    this.#cancelTick = this.#tickLater();
  }

  /** The session is made, and told, before this returns. */
  accept(socket: Duplex, caller: Caller): void {
    this.#accepting = caller;
    this.#server.emit('connection', socket);
    this.#accepting = undefined;
  }

  announceLeaving(): void {
    for (const connection of this.#connections) connection.announceLeaving();
  }

  leave(): Promise<void> {
    for (const connection of this.#connections) connection.leave();
    return new Promise(resolve => {
      this.#whenEmpty = resolve;
      if (this.#connections.size === 0) resolve();
    });
  }

  close(): void {
    this.#cancelTick();
    for (const connection of this.#connections) connection.destroy();
  }

  #opened(session: ServerHttp2Session): void {
    const caller = this.#accepting;
    if (caller === undefined) return void session.destroy();
    const { counts } = this.#parts;
    session.setLocalWindowSize(connectionWindow);
    const connection = new Http2Connection(session, caller, this.#parts, this.#unfinished);
    this.#connections.add(connection);
    counts.connections++;
    counts.accepted++;
    session.on('close', () => {
      this.#connections.delete(connection);
      counts.connections--;
      if (this.#connections.size === 0) this.#whenEmpty?.();
    });
  }

  /** Often enough for the shortest time limit to mean what it says. */
  #tickLater(): () => void {
    const { maxAge, ageGrace, maxIdle, messageTimeout, keepaliveTime, keepaliveTimeout } = this.#parts.limits;
    const shortest = Math.min(maxAge, ageGrace, maxIdle, messageTimeout, keepaliveTime, keepaliveTimeout);
    return this.#parts.ambient.after(Math.max(10, Math.min(500, shortest / 4)), () => {
      const now = this.#parts.ambient.clock.now();
      for (const connection of this.#connections) connection.tick(now);
      this.#cancelTick = this.#tickLater();
    });
  }
}
