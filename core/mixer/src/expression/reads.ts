import type { StringMap } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';

/**
 * What was read to reach an answer: whole attributes, single keys of maps, presence of maps, and whole maps.
 * One recorder serves one request and is cheap to clear; presence or absence is looked up in the bag at the end,
 * which does not change in between.
 */
export class Reads {
  readonly #attributes = new Set<number>();
  readonly #keys = new Map<number, Set<string>>();
  readonly #whole = new Set<number>();

  /** The attribute in a slot was read; of a map, only whether it is there. */
  attribute(slot: number): void {
    this.#attributes.add(slot);
  }
  /** One key of the map in a slot was read. */
  key(slot: number, key: string): void {
    this.#attributes.add(slot);
    let keys = this.#keys.get(slot);
    if (keys === undefined) this.#keys.set(slot, (keys = new Set()));
    keys.add(key);
  }
  /** The whole map in a slot was read: its exact key set and values count. */
  whole(slot: number): void {
    this.#attributes.add(slot);
    this.#whole.add(slot);
  }
  clear(): void {
    this.#attributes.clear();
    this.#keys.clear();
    this.#whole.clear();
  }

  /** The references in the notation of `krater eval`, sorted. */
  references(bag: Bag): readonly Reference[] {
    const references: Reference[] = [];
    for (const slot of this.#attributes) {
      const name = bag.vocabulary.declarations[slot]?.name ?? '?';
      const value = bag.values[slot];
      references.push({ name, present: value !== undefined, ...(this.#whole.has(slot) && { whole: true }) });
      if (value === undefined) continue;
      for (const key of this.#keys.get(slot) ?? []) {
        references.push({ name, key, present: (value as StringMap)[key] !== undefined });
      }
    }
    return references;
  }
}

/** One attribute, or one key of a map, that a decision depended on. */
export interface Reference {
  readonly name: string;
  readonly key?: string;
  /** Present (its value counts) or absent (its absence counts). */
  readonly present: boolean;
  /** The whole map with its exact key set. */
  readonly whole?: boolean;
}
