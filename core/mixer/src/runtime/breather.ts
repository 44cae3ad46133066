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
    if (this.#clock.now() - this.#since < slice) return undefined;
    return setImmediate().then(() => {
      this.#since = this.#clock.now();
    });
  }
}
