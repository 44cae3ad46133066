import type { Cell, Grant } from './cell.ts';
import type { Limit } from './rule.ts';

/** Rounding of the level, in tokens: far below one, far above the error of adding up fractions. */
const epsilon = 1e-6;

/**
 * The generic cell rate algorithm, as the continuous-state leaky bucket of ITU-T I.371: grants raise a level that
 * drains at limit/window, and may not raise it over the capacity.
 */
export class TokenBucket implements Cell {
  readonly limit: Limit;
  #level = 0;
  #at = -Infinity;
  /** All that was ever given back. A grant may not take back again what another's return has already drained. */
  #returned = 0;

  constructor(limit: Limit) {
    this.limit = limit;
  }

  used(now: number): number {
    if (now > this.#at) {
      const level = this.#level - (now - this.#at) * this.limit.rate;
      this.#level = level > epsilon ? level : 0;
      this.#at = now;
    }
    return this.#level;
  }

  charge(now: number, amount: number): number {
    this.#level += amount;
    return this.#level + this.#returned + now * this.limit.rate;
  }

  giveBack(now: number, mark: number, amount: number): number {
    const undrained = mark - this.#returned - now * this.limit.rate;
    const returned = Math.max(0, Math.min(amount, undrained, this.#level));
    this.#level -= returned;
    this.#returned += returned;
    return returned;
  }

  retryAfter(_now: number, amount: number): number | undefined {
    const { limit, rate } = this.limit;
    return amount > limit || rate === 0 ? undefined : (this.#level + amount - limit) / rate;
  }

  idleAt(): number {
    return this.#level > 0 ? this.#at + this.#level / this.limit.rate : -Infinity;
  }

  history(now: number): readonly Grant[] {
    return this.#level > 0 ? [{ at: now, amount: this.#level }] : [];
  }
}
