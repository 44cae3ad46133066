import type { Cell, Grant } from './cell.ts';
import type { Limit } from './rule.ts';

/** Grants that stay until they are given back. */
export class Allocation implements Cell {
  readonly limit: Limit;
  #used = 0;
  #at = 0;

  constructor(limit: Limit) {
    this.limit = limit;
  }

  used(): number {
    return this.#used;
  }

  charge(now: number, amount: number): number {
    this.#used += amount;
    this.#at = now;
    return now;
  }

  giveBack(_now: number, _mark: number, amount: number): number {
    const returned = Math.min(amount, this.#used);
    this.#used -= returned;
    return returned;
  }

  retryAfter(): undefined {
    return undefined;
  }

  idleAt(): number {
    return this.#used > 0 ? Infinity : -Infinity;
  }

  history(): readonly Grant[] {
    return this.#used > 0 ? [{ at: this.#at, amount: this.#used }] : [];
  }
}
