import { type Cell, convertCell, createCell } from './cell.ts';
import { DimensionIndex, type Dimensions } from './dimension-index.ts';
import type { Limit } from './rule.ts';

/** Milliseconds that an idle cell is kept for its next use while there is room. */
const linger = 60_000;

/** One combination of dimensions that is counted. */
export interface Entry {
  cell: Cell;
  /** Not later than the cell's own idleAt(): charging moves that on without touching the heap. */
  idleAt: number;
  position: number;
  /** Tells it from every other. */
  readonly serial: number;
  /** Out of its quota's index. */
  remove: () => void;
}

/**
 * All cells, never more than a bound.
 *
 * A heap orders them by when nothing will count any more. A new one clears away cells that have been idle for long; where
 * the table is full it takes the place of an idle one, which forgets nothing; where the table is full of live ones, the one that would be whole again soonest goes.
 */
export class CellTable {
  readonly #indexes = new Map<string, DimensionIndex<Entry>>();
  readonly #heap: Entry[] = [];
  #added = 0;

  /** The cells of one quota. To be looked up only; {@link CellTable.add} adds. */
  indexOf(quota: string): DimensionIndex<Entry> {
    let index = this.#indexes.get(quota);
    if (index === undefined) {
      index = new DimensionIndex();
      this.#indexes.set(quota, index);
    }
    return index;
  }

  /** Begins to count a combination. Calls `evicted` for each live cell that had to go for it. */
  add(
    index: DimensionIndex<Entry>,
    dimensions: Dimensions,
    limit: Limit,
    now: number,
    bounds: { readonly maxKeys: number; readonly evicted: () => void },
  ): Entry {
    for (let cleared = 0; cleared < 2 && this.#soonestIdle() <= now - linger; cleared++) this.#removeFirst();
    while (this.#heap.length >= bounds.maxKeys) {
      if (this.#soonestIdle() > now) bounds.evicted();
      this.#removeFirst();
    }
    const entry: Entry = {
      cell: createCell(limit),
      idleAt: -Infinity,
      position: this.#heap.length,
      serial: ++this.#added,
      remove: () => {},
    };
    entry.remove = index.set(dimensions, entry);
    this.#heap.push(entry);
    this.#up(entry);
    return entry;
  }

  convert(entry: Entry, limit: Limit, now: number): void {
    entry.cell = convertCell(entry.cell, limit, now);
    this.settle(entry);
  }

  /** Must follow whatever lets a cell be idle sooner than before: something was given back, the limit changed. */
  settle(entry: Entry): void {
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
    first.remove();
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
