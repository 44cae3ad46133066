import type { QuotaResult } from '@krater/mixer';
import type { Cell } from './cell.ts';
import type { Entry } from './cell-table.ts';

/** One request that was answered, by its deduplication id. */
export interface RememberedGrant {
  /** Whose dimensions it was for. */
  readonly entry: Entry;
  readonly at: number;
  readonly amount: number;
  readonly bestEffort: boolean;
  /** Cleared when the grant is given back: the next request of the id is charged again. */
  answer: QuotaResult | undefined;
  readonly cell: Cell;
  readonly mark: number;
  /** What has not been given back. */
  granted: number;
  /** An older one of the same id, for other dimensions. */
  next: RememberedGrant | undefined;
}

/** An id is made for one request, so few combinations of dimensions share one; of more, the newest count. */
const sharers = 8;

/**
 * The newest grants by id: two generations that take turns, so that forgetting costs nothing. At least half of the
 * bound is remembered, and for at least the lifetime, unless more arrive.
 */
export class GrantMemory {
  #young = new Map<string, RememberedGrant>();
  #old = new Map<string, RememberedGrant>();
  #count = 0;
  #youngSince = -Infinity;

  find(id: string, entry: Entry): RememberedGrant | undefined {
    return among(this.#young.get(id), entry) ?? among(this.#old.get(id), entry);
  }

  remember(id: string, grant: RememberedGrant, lifetime: number, bound: number): void {
    if (this.#count >= bound / 2 || grant.at - this.#youngSince > lifetime) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#count = 0;
      this.#youngSince = grant.at;
    }
    grant.next = this.#young.get(id);
    if (grant.next !== undefined) cutAfter(sharers, grant);
    this.#young.set(id, grant);
    this.#count++;
  }
}

function among(first: RememberedGrant | undefined, entry: Entry): RememberedGrant | undefined {
  for (let grant = first; grant !== undefined; grant = grant.next) if (grant.entry === entry) return grant;
  return undefined;
}

function cutAfter(count: number, first: RememberedGrant): void {
  let last: RememberedGrant | undefined = first;
  for (let place = 1; place < count; place++) last = last?.next;
  if (last !== undefined) last.next = undefined;
}
