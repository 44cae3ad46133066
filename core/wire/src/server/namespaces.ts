import type { Bag, Reference, Vocabulary } from '@krater/mixer';

const attribute = 'destination.namespace';
const present: Reference = { name: attribute, present: true };
const absent: Reference = { name: attribute, present: false };

/**
 * Whose rules apply to a request: those of a fixed namespace, or of the one that the request names as its destination's,
 * which its answer then depends on.
 */
export class Namespaces {
  readonly #fixed: string | undefined;
  #vocabulary: Vocabulary | undefined;
  #slot = -1;

  constructor(fixed: string | undefined) {
    this.#fixed = fixed;
  }

  of(bag: Bag): string | undefined {
    if (this.#fixed !== undefined) return this.#fixed;
    if (bag.vocabulary !== this.#vocabulary) {
      this.#vocabulary = bag.vocabulary;
      this.#slot = bag.vocabulary.slotOf(attribute) ?? -1;
    }
    const value = bag.values[this.#slot];
    return typeof value === 'string' ? value : undefined;
  }

  /** What an answer depends on, this choice included. */
  referred(bag: Bag, references: readonly Reference[]): readonly Reference[] {
    if (this.#fixed !== undefined) return references;
    for (const { name } of references) if (name === attribute) return references;
    return [...references, this.of(bag) === undefined ? absent : present];
  }

  /** The records of a batch by namespace, each in the batch's order. */
  group(bags: readonly Bag[]): ReadonlyMap<string | undefined, readonly Bag[]> {
    const [first] = bags;
    if (first === undefined) return new Map();
    const namespace = this.of(first);
    // Nearly every batch is of one sidecar, and so of one namespace.
    if (bags.every(bag => this.of(bag) === namespace)) return new Map([[namespace, bags]]);
    return Map.groupBy(bags, bag => this.of(bag));
  }
}
