import { KraterError, nearest } from '@krater/documents';
import type { Value } from '../value.ts';
import { heldProblem, withoutPrototype } from './held-value.ts';
import { showBag } from './show-bag.ts';
import type { StandardAttributeName, StandardAttributes } from './standard.ts';
import type { AttributeDeclaration, Vocabulary } from './vocabulary.ts';

/** What the attribute of a name holds: of a standard one its own type, of others any value. */
export type AttributeValue<N extends string> = N extends StandardAttributeName
  ? StandardAttributes[N]
  : Value;

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

  /**
   * By name, which editors complete and whose value they check. An unknown name is ATTRIBUTE_UNKNOWN, a value that is
   * not of the declared type ATTRIBUTE_BAD_VALUE; `undefined` makes the attribute absent.
   *
   * @example bag.put('request.method', 'GET').put('response.code', 200).put('request.headers', { user: 'zoe' })
   */
  put<N extends StandardAttributeName | (string & {})>(name: N, value: AttributeValue<N> | undefined): this {
    const slot = this.vocabulary.slotOf(name);
    if (slot === undefined) throw this.#unknown(name);
    if (value !== undefined) {
      const problem = heldProblem(this.vocabulary.declarations[slot] as AttributeDeclaration, value);
      if (problem !== undefined) {
        const hint = 'decodeBag() takes values as JSON has them, such as "20ms" for a DURATION';
        throw new KraterError('ATTRIBUTE_BAD_VALUE', problem, { hint });
      }
    }
    this.values[slot] = value === undefined ? undefined : withoutPrototype(value);
    return this;
  }

  #unknown(name: string): KraterError {
    const near = nearest(
      name,
      this.vocabulary.declarations.map(declaration => declaration.name),
    );
    const hint = near === undefined ? 'declare it in an AttributeManifest' : `did you mean "${near}"?`;
    return new KraterError('ATTRIBUTE_UNKNOWN', `unknown attribute "${name}"`, { hint });
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
