import { KraterError } from '@krater/documents';
import type { Value } from '../value.ts';
import { showBag } from './show-bag.ts';
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

  /**
   * A copy over another vocabulary. One that extends this bag's own keeps slots; otherwise values move by name and
   * those that the other vocabulary does not declare are left behind.
   */
  over(vocabulary: Vocabulary): Bag {
    const copy = new Bag(vocabulary);
    for (const [slot, value] of this.values.entries()) {
      if (value === undefined) continue;
      const declared = this.vocabulary.declarations[slot];
      const target =
        declared === vocabulary.declarations[slot] ? slot : declared && vocabulary.slotOf(declared.name);
      if (target !== undefined) copy.values[target] = value;
    }
    return copy;
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
  /** Sensitive attributes are masked wherever a bag is shown: see {@link showBag}. */
  toJSON(): { readonly [attribute: string]: unknown } {
    return showBag(this);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): { readonly [attribute: string]: unknown } {
    return showBag(this);
  }
}
