import type { Counter } from '@krater/mixer';
import type { Asked } from './shared-limiter.ts';

/**
 * What was given back while Redis did not answer, until it does: an allocation that nobody returned would be taken for
 * good. Bounded: what finds no room is lost, and counted.
 */
export class OwedReturns {
  readonly #most: number;
  readonly #lost: Counter;
  #owed: Asked[] = [];

  constructor(most: number, lost: Counter) {
    this.#most = most;
    this.#lost = lost;
  }

  add(asked: Asked): void {
    if (this.#owed.length < this.#most) this.#owed.push(asked);
    else this.#lost.add();
  }

  /** Hands over what is owed, oldest first. */
  take(): readonly Asked[] {
    const owed = this.#owed;
    this.#owed = [];
    return owed;
  }
}
