import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../env.ts';

/** How long work on a new configuration goes on before requests get their turn, in milliseconds. */
const slice = 10;

/** Cuts long work into slices, so that a big configuration is made ready beside the requests, not before them. */
export class Breather {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** To be awaited between small pieces of work; a pause only where a slice has ended. */
  breathe(): Promise<void> | undefined {
    return this.#clock.now() - this.#since < slice ? undefined : this.pause();
  }

  /** Before work that comes in one large piece. */
  async pause(): Promise<void> {
    await setImmediate();
    this.#since = this.#clock.now();
  }
}
