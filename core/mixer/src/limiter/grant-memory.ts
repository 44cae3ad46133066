import type { Cell } from './cell.ts';
import type { Entry } from './cell-table.ts';

/** One request that was answered, by its deduplication id. Written over when it is forgotten: none is ever allocated twice. */
export class RememberedGrant {
  id = '';
  hash = 0;
  /** The next of its bucket, as its place counted from 1; 0 is none. */
  next = 0;
  /** Whose dimensions it was for. */
  entry: Entry | undefined;
  cell: Cell | undefined;
  at = -Infinity;
  amount = 0;
  bestEffort = false;
  /** Cleared when the grant is given back: the next request of the id is charged again. */
  answered = false;
  mark = -Infinity;
  /** What has not been given back. */
  granted = 0;
  /** Of the answer, beside what was granted. Milliseconds; NaN where it has none. */
  remaining = Number.NaN;
  resetAfter = Number.NaN;
  retryAfter = Number.NaN;
}

export interface Bounds {
  readonly maxGrants: number;
  /** Milliseconds for which a grant is of use. */
  readonly lifetime: number;
}

/** Grants in the order in which they came, and where to find them. */
class Generation {
  readonly #grants: RememberedGrant[] = [];
  #buckets = new Int32Array(64);
  count = 0;

  find(id: string, hash: number, entry: Entry): RememberedGrant | undefined {
    let place = this.#buckets[hash & (this.#buckets.length - 1)] as number;
    while (place !== 0) {
      const grant = this.#grants[place - 1] as RememberedGrant;
      if (grant.hash === hash && grant.entry === entry && grant.id === id) return grant;
      place = grant.next;
    }
    return undefined;
  }

  add(id: string, hash: number, entry: Entry): RememberedGrant {
    if (2 * this.count === this.#buckets.length) this.#widen();
    let grant = this.#grants[this.count];
    if (grant === undefined) {
      grant = new RememberedGrant();
      this.#grants.push(grant);
    }
    this.count++;
    grant.id = id;
    grant.hash = hash;
    grant.entry = entry;
    this.#link(grant, this.count);
    return grant;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.count = 0;
  }

  #widen(): void {
    this.#buckets = new Int32Array(2 * this.#buckets.length);
    for (let place = 1; place <= this.count; place++)
      this.#link(this.#grants[place - 1] as RememberedGrant, place);
  }

  #link(grant: RememberedGrant, place: number): void {
    const bucket = grant.hash & (this.#buckets.length - 1);
    grant.next = this.#buckets[bucket] as number;
    this.#buckets[bucket] = place;
  }
}

/**
 * The newest grants by id and dimensions: two generations that take turns, so that forgetting costs nothing. At least
 * half of the bound is remembered, and for at least the lifetime, unless more arrive.
 *
 * Hot path: a Map would hash and grow several times slower, and new objects that live for a second are what a garbage
 * collector likes least.
 */
export class GrantMemory {
  readonly #seed: number;
  #young = new Generation();
  #old = new Generation();
  #youngSince = -Infinity;

  /** `seed` is what makes it unpredictable which ids share a bucket. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** What the other two methods are to be given. */
  hash(id: string, { serial }: Entry): number {
    let hash = this.#seed ^ serial;
    for (let at = 0; at < id.length; at++) {
      hash = Math.imul(hash ^ id.charCodeAt(at), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  find(id: string, hash: number, entry: Entry): RememberedGrant | undefined {
    return this.#young.find(id, hash, entry) ?? this.#old.find(id, hash, entry);
  }

  /** A grant to be filled in: everything but its id and entry is of another. */
  add(id: string, hash: number, entry: Entry, now: number, bounds: Bounds): RememberedGrant {
    if (this.#young.count >= bounds.maxGrants / 2 || now - this.#youngSince > bounds.lifetime) {
      [this.#young, this.#old] = [this.#old, this.#young];
      this.#young.clear();
      this.#youngSince = now;
    }
    return this.#young.add(id, hash, entry);
  }
}
