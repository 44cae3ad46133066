import type { StringMap, Value } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';

/** One attribute, or one key of a map, that a decision depended on. */
export interface Reference {
  readonly name: string;
  readonly key?: string;
  /** Present (its value counts) or absent (its absence counts). */
  readonly present: boolean;
  /** The whole map with its exact key set. */
  readonly whole?: boolean;
}

/** What one request's evaluation read, kept for as long as its decision. */
export class RecordedReads {
  readonly #slots: readonly number[];
  readonly #whole: readonly number[];
  readonly #keySlots: readonly number[];
  readonly #keys: readonly string[];

  constructor(
    slots: readonly number[],
    whole: readonly number[],
    keySlots: readonly number[],
    keys: readonly string[],
  ) {
    this.#slots = slots;
    this.#whole = whole;
    this.#keySlots = keySlots;
    this.#keys = keys;
  }

  /**
   * What the reads found in a bag, in the order of reading. Slots beyond the bag's vocabulary (an adapter's outputs) are
   * no attributes of the request and are left out.
   */
  references(bag: Bag): readonly Reference[] {
    const references: Reference[] = [];
    for (const slot of this.#slots) {
      const name = bag.vocabulary.declarations[slot]?.name;
      if (name === undefined) continue;
      const present = bag.values[slot] !== undefined;
      references.push(present && this.#whole.includes(slot) ? { name, present, whole: true } : { name, present });
    }
    for (const [index, slot] of this.#keySlots.entries()) {
      const name = bag.vocabulary.declarations[slot]?.name;
      const map: Value | undefined = bag.values[slot];
      if (name === undefined || typeof map !== 'object') continue;
      const key = this.#keys[index] as string;
      references.push({ name, key, present: (map as StringMap)[key] !== undefined });
    }
    return references;
  }
}

/** In the notation of `krater eval`: `name`, `name[key]`, `-name`, `-name[key]`; sorted, each once. */
export function formatReferences(references: readonly Reference[]): readonly string[] {
  const texts = references.map(
    ({ name, key, present }) => `${present ? '' : '-'}${name}${key === undefined ? '' : `[${key}]`}`,
  );
  return [...new Set(texts)].sort();
}
