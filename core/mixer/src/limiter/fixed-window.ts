import type { Cell, Grant } from './cell.ts';
import type { Limit } from './rule.ts';

/** A window that begins with its first grant and is forgotten as a whole when it ends. */
export class FixedWindow implements Cell {
  readonly limit: Limit;
  #start = -Infinity;
  #used = 0;

  constructor(limit: Limit) {
    this.limit = limit;
  }

  used(now: number): number {
    if (now - this.#start >= this.limit.window) this.#used = 0;
    return this.#used;
  }

  charge(now: number, amount: number): number {
    if (this.#used === 0) this.#start = now;
    this.#used += amount;
    return this.#start;
  }

  giveBack(_now: number, mark: number, amount: number): number {
    if (mark !== this.#start) return 0;
    const returned = Math.min(amount, this.#used);
    this.#used -= returned;
    return returned;
  }

  retryAfter(now: number, amount: number): number | undefined {
    return amount > this.limit.limit ? undefined : this.#start + this.limit.window - now;
  }

  idleAt(): number {
    return this.#used > 0 ? this.#start + this.limit.window : -Infinity;
  }

  history(): readonly Grant[] {
    return this.#used > 0 ? [{ at: this.#start, amount: this.#used }] : [];
  }
}
