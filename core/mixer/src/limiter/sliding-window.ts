import type { Cell, Grant } from './cell.ts';
import type { Limit } from './rule.ts';

/**
 * A log of grants, each forgotten one window after it was made: never more than the limit in any window.
 *
 * Limits up to 128 are exact. Above, grants less than 1/128 of a window apart share a slot that is forgotten when its
 * last grant would be, so a cell stays small; capacity then comes back late by less than 1 % of the window, never early.
 */
export class SlidingWindow implements Cell {
  readonly limit: Limit;
  readonly #times: number[] = [];
  readonly #amounts: number[] = [];
  #head = 0;
  #slotStart = -Infinity;
  #used = 0;
  /** The ends of the log; both Infinity while it is empty. */
  #oldest = Infinity;
  #newest = Infinity;

  constructor(limit: Limit) {
    this.limit = limit;
  }

  used(now: number): number {
    const until = now - this.limit.window;
    if (until < this.#oldest) return this.#used;
    const times = this.#times;
    while (this.#head < times.length && (times[this.#head] as number) <= until) {
      this.#used -= this.#amounts[this.#head] as number;
      this.#head++;
    }
    if (this.#head === times.length) this.#clear();
    else {
      this.#oldest = times[this.#head] as number;
      if (this.#head > 64) this.#compact();
    }
    return this.#used;
  }

  charge(now: number, amount: number): number {
    if (now === this.#newest || now - this.#slotStart < this.limit.slotWidth) {
      const last = this.#times.length - 1;
      this.#times[last] = now;
      (this.#amounts[last] as number) += amount;
      if (last === this.#head) this.#oldest = now;
    } else {
      if (this.#times.length === 0) this.#oldest = now;
      this.#times.push(now);
      this.#amounts.push(amount);
      this.#slotStart = now;
    }
    this.#newest = now;
    this.#used += amount;
    return now;
  }

  giveBack(now: number, mark: number, amount: number): number {
    if (mark <= now - this.limit.window) return 0;
    let index = this.#times.length - 1;
    while (index > this.#head && (this.#times[index - 1] as number) >= mark) index--;
    if (index < this.#head) return 0;
    const returned = Math.min(amount, this.#amounts[index] as number);
    (this.#amounts[index] as number) -= returned;
    this.#used -= returned;
    if (this.#used === 0) this.#clear();
    return returned;
  }

  retryAfter(now: number, amount: number): number | undefined {
    let missing = this.#used + amount - this.limit.limit;
    for (let index = this.#head; index < this.#times.length; index++) {
      missing -= this.#amounts[index] as number;
      if (missing <= 0) return (this.#times[index] as number) + this.limit.window - now;
    }
    return undefined;
  }

  idleAt(): number {
    return this.#used > 0 ? this.#newest + this.limit.window : -Infinity;
  }

  history(): readonly Grant[] {
    const amounts = this.#amounts;
    return this.#times.map((at, index) => ({ at, amount: amounts[index] as number })).slice(this.#head);
  }

  #clear(): void {
    this.#times.length = 0;
    this.#amounts.length = 0;
    this.#head = 0;
    this.#used = 0;
    this.#slotStart = -Infinity;
    this.#oldest = Infinity;
    this.#newest = Infinity;
  }

  #compact(): void {
    this.#times.splice(0, this.#head);
    this.#amounts.splice(0, this.#head);
    this.#head = 0;
  }
}
