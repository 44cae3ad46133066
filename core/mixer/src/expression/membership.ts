import type { Value } from '../value.ts';
import { buildClosure, type Closure } from './closures.ts';
import { canonicalForm } from './comparison.ts';
import { foldConstant } from './constant.ts';
import type { Node } from './tree.ts';

/** `x in [a, b]`: like `x == a || x == b`, with x evaluated once; constants are looked up in a set. */
export function buildMembership([subject, ...members]: readonly Node[], record: boolean): Closure {
  const { type } = subject as Node;
  const canonical = canonicalForm(type) ?? ((value: Value): Value | undefined => value);
  const read = buildClosure(subject as Node, record);
  const constants = members.map(foldConstant);
  const set = new Set<Value | undefined>();
  for (const constant of constants) if (constant?.value !== undefined) set.add(canonical(constant.value));
  const malformed = set.delete(undefined);
  const others = members
    .filter((_, index) => constants[index]?.value === undefined)
    .map(member => buildClosure(member, record));
  return (values, reads) => {
    const given = read(values, reads);
    if (given === undefined) return undefined;
    const value = canonical(given);
    if (value === undefined) return undefined;
    if (set.has(value)) return true;
    let result: false | undefined = malformed ? undefined : false;
    for (const other of others) {
      const member = other(values, reads);
      const form = member === undefined ? undefined : canonical(member);
      if (form === undefined) result = undefined;
      else if (form === value) return true;
    }
    return result;
  };
}
