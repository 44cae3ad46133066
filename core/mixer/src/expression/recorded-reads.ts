import type { StringMap, Value } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';

/** One read: of an attribute (of a map, only whether it is there), of one key of a map, or of a whole map. */
export interface Read {
  readonly slot: number;
  readonly key?: string;
  readonly whole?: boolean;
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

/** What one request's evaluation read, kept for as long as its decision. */
export class RecordedReads {
  readonly #notes: readonly (readonly Read[])[];

  constructor(notes: readonly (readonly Read[])[]) {
    this.#notes = notes;
  }

  /**
   * What the reads found in a bag, each once. Slots beyond the bag's vocabulary (an adapter's outputs) are no attributes
   * of the request and are left out.
   */
  references(bag: Bag): readonly Reference[] {
    const references: Reference[] = [];
    for (const [slot, { whole, keys }] of bySlot(this.#notes)) {
      const name = bag.vocabulary.declarations[slot]?.name;
      if (name === undefined) continue;
      const map: Value | undefined = bag.values[slot];
      const present = map !== undefined;
      references.push(present && whole ? { name, present, whole } : { name, present });
      if (typeof map !== 'object') continue;
      for (const key of keys) references.push({ name, key, present: (map as StringMap)[key] !== undefined });
    }
    return references;
  }
}

/** The same reads without repetitions. */
export function readOnce(notes: readonly (readonly Read[])[]): readonly Read[] {
  const once: Read[] = [];
  for (const [slot, { whole, keys }] of bySlot(notes)) {
    once.push(whole ? { slot, whole } : { slot });
    for (const key of keys) once.push({ slot, key });
  }
  return once;
}

/** In the order of first reading. */
function bySlot(
  notes: readonly (readonly Read[])[],
): Map<number, { whole: boolean; readonly keys: Set<string> }> {
  const sorted = new Map<number, { whole: boolean; readonly keys: Set<string> }>();
  for (const note of notes) {
    for (const { slot, key, whole } of note) {
      let known = sorted.get(slot);
      if (known === undefined) {
        known = { whole: false, keys: new Set() };
        sorted.set(slot, known);
      }
      if (whole === true) known.whole = true;
      if (key !== undefined) known.keys.add(key);
    }
  }
  return sorted;
}

/** In the notation of `krater eval`: `name`, `name[key]`, `-name`, `-name[key]`; sorted, each once. */
export function formatReferences(references: readonly Reference[]): readonly string[] {
  const texts = references.map(
    ({ name, key, present }) => `${present ? '' : '-'}${name}${key === undefined ? '' : `[${key}]`}`,
  );
  return [...new Set(texts)].sort();
}
