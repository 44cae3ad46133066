import type { Reads } from '../expression/reads.ts';
import type { Value } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';

/** What the index needs to know of a rule. */
export interface Indexed {
  /** Position in decision order. */
  readonly order: number;
  /** A clause that must hold for the rule to match: the attribute's slot equals the value. */
  readonly clause: { readonly slot: number; readonly value: Value } | undefined;
}

/**
 * Rules by one equality clause each, so that a request looks only at those that can match. Only low-cardinality
 * attributes that no producer outputs may be clauses.
 *
 * Hot path: held to 1 µs over 1,000 rules and flat growth to 10,000, by spec/bench/engine.ts.
 */
export class RuleIndex<R extends Indexed> {
  readonly #always: readonly R[];
  readonly #slots: readonly { readonly slot: number; readonly rules: ReadonlyMap<Value, readonly R[]> }[];

  /** `rules` must be in decision order. */
  constructor(rules: readonly R[]) {
    this.#always = rules.filter(rule => rule.clause === undefined);
    const bySlot = new Map<number, Map<Value, R[]>>();
    for (const rule of rules) {
      if (rule.clause === undefined) continue;
      const { slot, value } = rule.clause;
      const byValue = bySlot.get(slot) ?? new Map<Value, R[]>();
      bySlot.set(slot, byValue);
      const same = byValue.get(value);
      if (same === undefined) byValue.set(value, [rule]);
      else same.push(rule);
    }
    this.#slots = [...bySlot].map(([slot, byValue]) => ({ slot, rules: byValue }));
  }

  /** The rules that can match, in decision order. Every attribute looked up is recorded: a miss prunes, so it counts. */
  candidates(bag: Bag, reads: Reads | undefined): readonly R[] {
    let found = this.#always;
    for (const { slot, rules } of this.#slots) {
      reads?.attribute(slot);
      const value = bag.values[slot];
      const more = value === undefined ? undefined : rules.get(value);
      if (more !== undefined) found = found.length === 0 ? more : merge(found, more);
    }
    return found;
  }
}

function merge<R extends Indexed>(left: readonly R[], right: readonly R[]): readonly R[] {
  const merged: R[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const [a, b] = [left[i] as R, right[j] as R];
    if (a.order < b.order) {
      merged.push(a);
      i++;
    } else {
      merged.push(b);
      j++;
    }
  }
  while (i < left.length) merged.push(left[i++] as R);
  while (j < right.length) merged.push(right[j++] as R);
  return merged;
}
