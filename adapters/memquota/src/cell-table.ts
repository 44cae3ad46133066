import { type Cell, convertCell, createCell } from './cell.ts';
import type { Limit } from './rule.ts';

interface Entry {
  readonly key: string;
  cell: Cell;
  /** Not later than the cell's own idleAt(): charging moves that on without touching the heap. */
  idleAt: number;
  position: number;
}

/**
 * All cells by key, never more than a bound.
 *
 * A heap orders them by when nothing will count any more. A new key first clears away cells that are idle, which
 * forgets nothing; where the table is full of live ones, the one that would be whole again soonest goes.
 */
export class CellTable {
  readonly #entries = new Map<string, Entry>();
  readonly #heap: Entry[] = [];

  get size(): number {
    return this.#entries.size;
  }

  /** The cell of a key under its present limit, if the key has one. */
  find(key: string, limit: () => Limit, generation: number, now: number): Cell | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.cell.limit.generation < generation) {
      entry.cell = convertCell(entry.cell, limit(), now);
      this.settle(key);
    }
    return entry.cell;
  }

  /** A new cell for a key that has none. Returns how many live cells had to go for it through `evicted`. */
  add(key: string, limit: Limit, now: number, maxKeys: number, evicted: () => void): Cell {
    for (let cleared = 0; cleared < 2 && this.#soonestIdle() <= now; cleared++) this.#removeFirst();
    while (this.#entries.size >= maxKeys) {
      if (this.#soonestIdle() > now) evicted();
      this.#removeFirst();
    }
    const entry: Entry = { key, cell: createCell(limit), idleAt: -Infinity, position: this.#heap.length };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
    this.#up(entry);
    return entry.cell;
  }

  /** Must follow whatever lets a cell be idle sooner than before: something was given back, the limit changed. */
  settle(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.idleAt = entry.cell.idleAt();
    this.#up(entry);
    this.#down(entry);
  }

  /** Brings the true minimum to the top. */
  #soonestIdle(): number {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return Infinity;
      const idleAt = first.cell.idleAt();
      if (idleAt <= first.idleAt) return idleAt;
      first.idleAt = idleAt;
      this.#down(first);
    }
  }

  #removeFirst(): void {
    const first = this.#heap[0] as Entry;
    const last = this.#heap.pop() as Entry;
    this.#entries.delete(first.key);
    if (last === first) return;
    last.position = 0;
    this.#heap[0] = last;
    this.#down(last);
  }

  #up(entry: Entry): void {
    while (entry.position > 0) {
      const parent = this.#heap[(entry.position - 1) >> 1] as Entry;
      if (parent.idleAt <= entry.idleAt) return;
      this.#swap(parent, entry);
    }
  }

  #down(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.position + 1];
      const right = this.#heap[2 * entry.position + 2];
      const child = right !== undefined && left !== undefined && right.idleAt < left.idleAt ? right : left;
      if (child === undefined || child.idleAt >= entry.idleAt) return;
      this.#swap(entry, child);
    }
  }

  #swap(above: Entry, below: Entry): void {
    [above.position, below.position] = [below.position, above.position];
    this.#heap[above.position] = above;
    this.#heap[below.position] = below;
  }
}
