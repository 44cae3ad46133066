import type { Bag } from '../vocabulary/bag.ts';
import { RecordedReads, type Reference } from './recorded-reads.ts';

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

  /** What was recorded so far, on its own: the recorder can be cleared and serve another request. */
  detach(): RecordedReads {
    const slots = this.#slots.slice(0, this.#slotCount);
    return new RecordedReads(
      slots,
      slots.filter(slot => this.#whole[slot] === this.#round),
      this.#keySlots.slice(0, this.#keyCount),
      this.#keys.slice(0, this.#keyCount),
    );
  }

  /** What the reads found in a bag: see {@link RecordedReads.references}. */
  references(bag: Bag): readonly Reference[] {
    return this.detach().references(bag);
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

/** Recorders that wait for the next request: making one costs more than most requests use it for. */
export class RecorderPool {
  readonly #idle: Reads[] = [];

  take(): Reads {
    return this.#idle.pop() ?? new Reads();
  }

  /** The recorder must not be used any more by whoever gives it back. */
  give(reads: Reads): void {
    reads.clear();
    if (this.#idle.length < 64) this.#idle.push(reads);
  }
}

export { formatReferences, type Reference } from './recorded-reads.ts';
