import type { ClientHttp2Session } from 'node:http2';
import type { Ambient } from '@krater/mixer';
import type { TransportLimits } from '../transport.ts';

/**
 * Finds out that nobody is at the other end of a connection that TCP takes for a good one: after a time without an
 * answer the server is pinged, and the connection is destroyed if no pong comes. Only for servers of ours, which have
 * answered a watch: others may close connections on which they are pinged more often than every few minutes.
 */
export class Pulse {
  /** Something has come since the last look. */
  heard = false;
  readonly #session: ClientHttp2Session;
  readonly #limits: TransportLimits;
  readonly #after: Ambient['after'];
  #started = false;
  #cancelLook: (() => void) | undefined;
  #cancelPong: (() => void) | undefined;

  constructor(session: ClientHttp2Session, limits: TransportLimits, after: Ambient['after']) {
    this.#session = session;
    this.#limits = limits;
    this.#after = after;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#lookLater();
  }

  /** Asks at once: a call has not been answered in time. */
  check(): void {
    if (!this.#started || this.#cancelPong !== undefined || this.#session.destroyed) return;
    this.#cancelPong = this.#after(this.#limits.pong, () => {
      this.#session.destroy(new Error(`the server has given no sign of life for ${this.#limits.pong} ms`));
    });
    this.#session.ping(() => {
      this.#cancelPong?.();
      this.#cancelPong = undefined;
    });
  }

  stop(): void {
    this.#started = false;
    this.#cancelLook?.();
    this.#cancelPong?.();
  }

  #lookLater(): void {
    this.#cancelLook = this.#after(this.#limits.silence, () => {
      if (!this.heard) this.check();
      this.heard = false;
      this.#lookLater();
    });
  }
}
