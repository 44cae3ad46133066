import type { StringMap, Value } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';

/**
 * What was read to reach an answer: attributes, single keys of maps, presence of maps, and whole maps. One recorder
 * serves one request at a time; presence or absence is looked up in the bag at the end, which does not change in
 * between.
 *
 * Hot path: a repeated read costs one comparison; `clear` forgets by counting up, whatever was recorded.
 */
export class Reads {
  /** By slot: the round in which it was read last, and as a whole map. */
  #read = new Uint32Array(256);
  #whole = new Uint32Array(256);
  #round = 1;
  readonly #slots: number[] = [];
  #slotCount = 0;
  readonly #keySlots: number[] = [];
  readonly #keys: string[] = [];
  #keyCount = 0;
  /** Where many keys were read; a short list is searched faster than it is hashed. */
  #manyKeys: Set<string> | undefined;

  /** The attribute in a slot was read; of a map, only whether it is there. */
  attribute(slot: number): void {
    if (this.#read[slot] !== this.#round) this.#first(slot);
  }

  /** One key of the map in a slot was read, and so whether the map is there. */
  key(slot: number, key: string): void {
    if (this.#read[slot] !== this.#round) this.#first(slot);
    const count = this.#keyCount;
    if (count < fewKeys) {
      for (let index = 0; index < count; index++) {
        if (this.#keySlots[index] === slot && this.#keys[index] === key) return;
      }
    } else {
      this.#manyKeys ??= new Set(
        this.#keys.slice(0, count).map((known, index) => `${this.#keySlots[index]}:${known}`),
      );
      if (this.#manyKeys.size === this.#manyKeys.add(`${slot}:${key}`).size) return;
    }
    this.#keySlots[count] = slot;
    this.#keys[count] = key;
    this.#keyCount = count + 1;
  }

  /** The whole map in a slot was read: its exact key set and values count. */
  whole(slot: number): void {
    this.attribute(slot);
    this.#whole[slot] = this.#round;
  }

  clear(): void {
    this.#slotCount = 0;
    this.#keyCount = 0;
    this.#manyKeys = undefined;
    if (++this.#round < 2 ** 32) return;
    this.#round = 1;
    this.#read.fill(0);
    this.#whole.fill(0);
  }

  /**
   * What the recorded reads found in a bag, in the order of reading. Slots beyond the bag's vocabulary (an adapter's
   * outputs) are no attributes of the request and are left out.
   */
  references(bag: Bag): readonly Reference[] {
    const references: Reference[] = [];
    for (let index = 0; index < this.#slotCount; index++) {
      const slot = this.#slots[index] as number;
      const name = bag.vocabulary.declarations[slot]?.name;
      if (name === undefined) continue;
      const present = bag.values[slot] !== undefined;
      references.push(
        present && this.#whole[slot] === this.#round ? { name, present, whole: true } : { name, present },
      );
    }
    for (let index = 0; index < this.#keyCount; index++) {
      const slot = this.#keySlots[index] as number;
      const name = bag.vocabulary.declarations[slot]?.name;
      const map: Value | undefined = bag.values[slot];
      if (name === undefined || typeof map !== 'object') continue;
      const key = this.#keys[index] as string;
      references.push({ name, key, present: (map as StringMap)[key] !== undefined });
    }
    return references;
  }

  #first(slot: number): void {
    if (slot >= this.#read.length) {
      const size = Math.max(slot + 1, this.#read.length * 2);
      this.#read = grown(this.#read, size);
      this.#whole = grown(this.#whole, size);
    }
    this.#read[slot] = this.#round;
    this.#slots[this.#slotCount++] = slot;
  }
}

const fewKeys = 24;

function grown(array: Uint32Array, size: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(size);
  larger.set(array);
  return larger;
}

/** For closures that record nothing. */
export const noReads = new Reads();

/** One attribute, or one key of a map, that a decision depended on. */
export interface Reference {
  readonly name: string;
  readonly key?: string;
  /** Present (its value counts) or absent (its absence counts). */
  readonly present: boolean;
  /** The whole map with its exact key set. */
  readonly whole?: boolean;
}

/** In the notation of `krater eval`: `name`, `name[key]`, `-name`, `-name[key]`; sorted, each once. */
export function formatReferences(references: readonly Reference[]): readonly string[] {
  const texts = references.map(
    ({ name, key, present }) => `${present ? '' : '-'}${name}${key === undefined ? '' : `[${key}]`}`,
  );
  return [...new Set(texts)].sort();
}
