import type { QuotaResult } from '@krater/mixer';
import type { Cell } from './cell.ts';

/** One request that was answered, by its deduplication id. */
export interface RememberedGrant {
  readonly at: number;
  readonly amount: number;
  readonly bestEffort: boolean;
  /** Cleared when the grant is given back: the next request of the id is charged again. */
  answer: QuotaResult | undefined;
  readonly cell: Cell;
  readonly mark: number;
  /** What has not been given back. */
  granted: number;
}

/**
 * The newest grants by id: two generations that take turns, so that forgetting costs nothing. At least half of the
 * bound is remembered, and for at least the lifetime, unless more arrive.
 */
export class GrantMemory {
  #young = new Map<string, RememberedGrant>();
  #old = new Map<string, RememberedGrant>();
  #youngSince = -Infinity;

  find(id: string): RememberedGrant | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  remember(id: string, grant: RememberedGrant, lifetime: number, bound: number): void {
    if (this.#young.size >= bound / 2 || grant.at - this.#youngSince > lifetime) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSince = grant.at;
    }
    this.#young.set(id, grant);
  }
}
