import type { Bag } from '../vocabulary/bag.ts';
import { type Read, RecordedReads, type Reference, readOnce } from './recorded-reads.ts';

/**
 * Notes what was read to reach an answer: attributes, single keys of maps, presence of maps, and whole maps. One
 * recorder serves one request at a time; presence or absence is looked up in the bag at the end, which does not change
 * in between.
 *
 * Hot path: an expression knows most of its reads beforehand and notes them as they are, several at once; what was
 * noted twice is sorted out when somebody asks, or when much has come together.
 */
export class Reads {
  readonly #notes: (readonly Read[])[] = [];
  #count = 0;

  /** Notes reads that were prepared beforehand. */
  add(reads: readonly Read[]): void {
    const count = this.#count;
    this.#notes[count] = reads;
    this.#count = count + 1;
    if (count === mostNotes) this.#sortOut();
  }

  /** The attribute in a slot was read; of a map, only whether it is there. */
  attribute(slot: number): void {
    let note = attributeNotes[slot];
    if (note === undefined) {
      note = [{ slot }];
      attributeNotes[slot] = note;
    }
    this.add(note);
  }

  /** One key of the map in a slot was read, and so whether the map is there. */
  key(slot: number, key: string): void {
    this.add([{ slot, key }]);
  }

  /** The whole map in a slot was read: its exact key set and values count. */
  whole(slot: number): void {
    this.add([{ slot, whole: true }]);
  }

  clear(): void {
    this.#count = 0;
  }

  /** What was recorded so far, on its own: the recorder can be cleared and serve another request. */
  detach(): RecordedReads {
    return new RecordedReads(this.#notes.slice(0, this.#count));
  }

  /** What the reads found in a bag: see {@link RecordedReads.references}. */
  references(bag: Bag): readonly Reference[] {
    return this.detach().references(bag);
  }

  #sortOut(): void {
    this.#notes[0] = readOnce(this.#notes);
    this.#count = 1;
  }
}

/** More notes than this are sorted out at once, so that a request which meets many rules holds few of them. */
const mostNotes = 128;
/** By slot: reading an attribute is the same note for everybody. */
const attributeNotes: (readonly Read[])[] = [];

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

export { formatReferences, type Read, type Reference } from './recorded-reads.ts';
