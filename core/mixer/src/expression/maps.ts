import type { StringMap, Value } from '../value.ts';
import { buildAlternative } from './alternatives.ts';
import { buildClosure, type Closure } from './closures.ts';
import { type Alternative, absent } from './leaves.ts';
import type { Reads } from './reads.ts';
import type { Index, Node } from './tree.ts';

/**
 * Keys of maps that are chosen at run time, as in `(a | b)["key"]` or `labels[name]`. What is read is recorded under
 * the attribute that the map turned out to be: so a map is first a place, not a value.
 */
type Place = (values: readonly (Value | undefined)[], reads: Reads) => number;

/** Places that are no slot. */
const emptyMap = -1;
const failing = -2;
const missing = -3;

function buildPlace(map: Node, record: boolean): Place {
  if (map.node === 'attribute') {
    const { slot } = map;
    return (values, reads) => {
      if (record) reads.attribute(slot);
      const value = values[slot];
      return typeof value === 'object' ? slot : value === undefined ? missing : failing;
    };
  }
  if (map.node === 'operation') {
    const places = map.operands.map(operand => buildPlace(operand, record));
    return (values, reads) => {
      for (const place of places) {
        const slot = place(values, reads);
        if (slot !== missing) return slot;
      }
      return missing;
    };
  }
  if (map.node !== 'call' || map.name !== 'conditional') return () => emptyMap;
  const [test, yes, no] = map.args as [Node, Node, Node];
  const run = buildClosure(test, record);
  const branches = [buildPlace(yes, record), buildPlace(no, record)] as const;
  return (values, reads) => {
    const value = run(values, reads);
    const slot = value === undefined ? failing : branches[value === true ? 0 : 1](values, reads);
    return slot === missing ? failing : slot;
  };
}

/** Left of `|`: an absent map, an absent key variable and an absent key fall through. */
export function indexOrAbsent({ map, key }: Index, record: boolean): Alternative {
  const place = buildPlace(map, record);
  const keyOf = buildAlternative(key, record);
  return (values, reads) => {
    const slot = place(values, reads);
    if (slot === missing) return absent;
    if (slot === failing) return undefined;
    const name = keyOf(values, reads);
    if (name === undefined || name === absent) return name;
    if (slot === emptyMap) return absent;
    if (record) reads.key(slot, name as string);
    const value: unknown = (values[slot] as StringMap)[name as string];
    return typeof value === 'string' ? value : absent;
  };
}

/** An absent key of a present map is empty. */
export function index({ map, key }: Index, record: boolean): Closure {
  const place = buildPlace(map, record);
  const keyOf = buildClosure(key, record);
  return (values, reads) => {
    const slot = place(values, reads);
    if (slot === missing || slot === failing) return undefined;
    const name = keyOf(values, reads);
    if (name === undefined) return undefined;
    if (slot === emptyMap) return '';
    if (record) reads.key(slot, name as string);
    const value: unknown = (values[slot] as StringMap)[name as string];
    return typeof value === 'string' ? value : value === undefined ? '' : undefined;
  };
}
