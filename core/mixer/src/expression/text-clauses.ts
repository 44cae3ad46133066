import type { StringMap } from '../value.ts';
import type { Closure } from './closures.ts';
import { canonicalForm } from './comparison.ts';
import { foldConstant } from './constant.ts';
import type { Read } from './reads.ts';
import type { Node } from './tree.ts';
import { formByType } from './value-form.ts';

/** `attribute == constant` or `map["key"] == constant` over texts that are equal exactly if identical. */
export interface TextClause {
  readonly slot: number;
  readonly key: string | undefined;
  readonly constant: string;
}

/** The clause that a node is, either way round; undefined where it is none. */
export function textClauseOf(node: Node): TextClause | undefined {
  if (node.node !== 'operation' || node.operator !== '==') return undefined;
  const [left, right] = node.operands as [Node, Node];
  if (formByType[left.type] !== 'string' || canonicalForm(left.type) !== undefined) return undefined;
  return clauseOf(left, right) ?? clauseOf(right, left);
}

function clauseOf(side: Node, other: Node): TextClause | undefined {
  const constant = foldConstant(other)?.value;
  if (typeof constant !== 'string') return undefined;
  if (side.node === 'attribute') return { slot: side.slot, key: undefined, constant };
  if (side.node !== 'index' || side.map.node !== 'attribute' || side.key.node !== 'literal') return undefined;
  return { slot: side.map.slot, key: side.key.value as string, constant };
}

const readOf = ({ slot, key }: TextClause): Read => (key === undefined ? { slot } : { slot, key });

/** Undefined, or no text, is unknown; an absent key of a present map is empty. */
export function textEquals(clause: TextClause, record: boolean): Closure {
  const { slot, key, constant } = clause;
  const note = [readOf(clause)];
  return (values, reads) => {
    if (record) reads.add(note);
    let value: unknown = values[slot];
    if (key !== undefined) value = typeof value === 'object' ? ((value as StringMap)[key] ?? '') : undefined;
    return value === constant || (typeof value === 'string' ? false : undefined);
  };
}

/** Two clauses and what follows them, if anything: half the calls of a conjunction. Keys are read in place, not by a
 * function, so that the engine can learn the shapes of maps for each. */
export function bothTextsEqual(
  a: TextClause,
  b: TextClause,
  rest: Closure | undefined,
  record: boolean,
): Closure {
  const { slot: slotA, key: keyA, constant: constantA } = a;
  const { slot: slotB, key: keyB, constant: constantB } = b;
  const noteA = [readOf(a)];
  const noteBoth = [readOf(a), readOf(b)];
  return (values, reads) => {
    let known = true;
    let value: unknown = values[slotA];
    if (keyA !== undefined)
      value = typeof value === 'object' ? ((value as StringMap)[keyA] ?? '') : undefined;
    if (value !== constantA) {
      if (typeof value === 'string') {
        if (record) reads.add(noteA);
        return false;
      }
      known = false;
    }
    if (record) reads.add(noteBoth);
    value = values[slotB];
    if (keyB !== undefined)
      value = typeof value === 'object' ? ((value as StringMap)[keyB] ?? '') : undefined;
    if (value !== constantB) {
      if (typeof value === 'string') return false;
      known = false;
    }
    if (rest === undefined) return known ? true : undefined;
    const result = rest(values, reads);
    return known || result === false ? result : undefined;
  };
}
