import { Allocation } from './allocation.ts';
import { FixedWindow } from './fixed-window.ts';
import type { Limit } from './rule.ts';
import { SlidingWindow } from './sliding-window.ts';
import { TokenBucket } from './token-bucket.ts';

/** Something granted at a time, in milliseconds. */
export interface Grant {
  readonly at: number;
  readonly amount: number;
}

/**
 * What one algorithm remembers for one combination of dimensions. Times are milliseconds and never go back; `used` is
 * asked first, and what else is asked for the same time relies on it.
 */
export interface Cell {
  readonly limit: Limit;
  /** What counts against the limit now. */
  used(now: number): number;
  /** Counts a grant, and returns the mark by which it can be given back. */
  charge(now: number, amount: number): number;
  /** Takes back what is left of a grant; returns how much counted. */
  giveBack(now: number, mark: number, amount: number): number;
  /** Milliseconds until an amount could be granted; undefined if never. */
  retryAfter(now: number, amount: number): number | undefined;
  /** When nothing will count any more; -Infinity if nothing does. */
  idleAt(): number;
  /** What still counts, as grants, oldest first: how one algorithm tells another. */
  history(now: number): readonly Grant[];
}

export function createCell(limit: Limit): Cell {
  switch (limit.algorithm) {
    case 'allocation':
      return new Allocation(limit);
    case 'fixed-window':
      return new FixedWindow(limit);
    case 'sliding-window':
      return new SlidingWindow(limit);
    case 'token-bucket':
      return new TokenBucket(limit);
  }
}

/**
 * A cell under a changed limit: it is told the grants that still counted under the old one, at their old times, and
 * forgets those that the new limit would have forgotten. Nothing is granted anew by a reload.
 */
export function convertCell(cell: Cell, limit: Limit, now: number): Cell {
  const converted = createCell(limit);
  cell.used(now);
  for (const { at, amount } of cell.history(now)) {
    converted.used(at);
    converted.charge(at, amount);
  }
  return converted;
}
