import { KraterError } from '@krater/documents';
import type { Value } from '../value.ts';
import type { Vocabulary } from './vocabulary.ts';

/**
 * The attributes of one request: one array, indexed by slot; `undefined` where an attribute is absent.
 *
 * Hot path: a listener resolves its slots once and calls {@link Bag.set}. Values are stored as they are, so they must
 * already have the form of value.ts; for values from outside use `decodeBag`.
 */
export class Bag {
  readonly vocabulary: Vocabulary;
  readonly values: (Value | undefined)[];

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.values = new Array(vocabulary.size).fill(undefined);
  }

  set(slot: number, value: Value | undefined): void {
    this.values[slot] = value;
  }

  /** By name; an unknown name is an error. */
  put(name: string, value: Value | undefined): this {
    const slot = this.vocabulary.slotOf(name);
    if (slot === undefined) throw new KraterError('ATTRIBUTE_UNKNOWN', `unknown attribute "${name}"`);
    this.values[slot] = value;
    return this;
  }

  get(name: string): Value | undefined {
    const slot = this.vocabulary.slotOf(name);
    return slot === undefined ? undefined : this.values[slot];
  }
}
