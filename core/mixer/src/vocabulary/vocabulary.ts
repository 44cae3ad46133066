import { KraterError } from '@krater/documents';
import type { ValueType } from '../value.ts';

/** One attribute of the vocabulary. */
export interface AttributeDeclaration {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
  /** `report`: known only when the response has ended, so check rules may not read it. */
  readonly available: 'check' | 'report';
  /** Few distinct values: rules may be indexed by equality on it. */
  readonly lowCardinality?: boolean;
  /** For a map: its keys are in lower case, so that a constant key with a capital is a mistake. */
  readonly lowerCaseKeys?: boolean;
  /** Masked wherever bags are shown. For a map: the keys to mask. */
  readonly sensitive?: boolean | readonly string[];
}

/**
 * The declared attributes. Each has a slot: its index in a bag. A vocabulary made by {@link Vocabulary.extend} keeps the
 * slots of the one it extends.
 */
export class Vocabulary {
  readonly declarations: readonly AttributeDeclaration[];
  readonly #slots = new Map<string, number>();

  constructor(declarations: readonly AttributeDeclaration[]) {
    this.declarations = declarations;
    for (const [slot, { name }] of declarations.entries()) {
      if (this.#slots.has(name))
        throw new KraterError('ATTRIBUTE_DUPLICATE', `attribute "${name}" is declared twice`);
      this.#slots.set(name, slot);
    }
  }

  get size(): number {
    return this.declarations.length;
  }

  /** The slot of an attribute, or undefined where no such attribute is declared. */
  slotOf(name: string): number | undefined {
    return this.#slots.get(name);
  }

  get(name: string): AttributeDeclaration | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : this.declarations[slot];
  }

  extend(more: readonly AttributeDeclaration[]): Vocabulary {
    return more.length === 0 ? this : new Vocabulary([...this.declarations, ...more]);
  }
}
