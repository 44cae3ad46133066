import type { Ambient } from '@krater/mixer';
import type { TransportLimits } from '../transport.ts';

export interface PulseParts {
  readonly limits: TransportLimits;
  readonly after: Ambient['after'];
  readonly ping: (pong: () => void) => unknown;
  readonly onDead: () => void;
}

/**
 * Finds out that nobody is at the other end of a connection that TCP takes for a good one: after a time without an
 * answer the server is pinged, and if no pong comes the connection is dead. Only for servers of ours, which have
 * answered a watch: others may close connections on which they are pinged more often than every few minutes.
 */
export class Pulse {
  /** Something has come since the last look. */
  heard = false;
  readonly #parts: PulseParts;
  #started = false;
  #cancelLook: (() => void) | undefined;
  #cancelPong: (() => void) | undefined;

  constructor(parts: PulseParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#lookLater();
  }

  /** Asks at once: a call has not been answered in time. */
  check(): void {
    if (!this.#started || this.#cancelPong !== undefined) return;
    const { limits, after, ping, onDead } = this.#parts;
    this.#cancelPong = after(limits.pong, onDead);
    ping(() => {
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
    const { limits, after } = this.#parts;
    this.#cancelLook = after(limits.silence, () => {
      if (!this.heard) this.check();
      this.heard = false;
      this.#lookLater();
    });
  }
}
