import type { Value } from '../value.ts';
import { buildClosure, type Closure } from './closures.ts';
import { canonicalForm } from './comparison.ts';
import { foldConstant } from './constant.ts';
import type { Node } from './tree.ts';

/** `x in [a, b]`: like `x == a || x == b`, with x evaluated once; constants are looked up in a set. */
export function buildMembership([subject, ...members]: readonly Node[], record: boolean): Closure {
  const { type } = subject as Node;
  const canonical = canonicalForm(type) ?? ((value: Value) => value);
  const read = buildClosure(subject as Node, record);
  const constants = members.map(foldConstant);
  const set = new Set(
    constants.flatMap(constant => (constant?.value === undefined ? [] : [canonical(constant.value)])),
  );
  const others = members
    .filter((_, index) => constants[index]?.value === undefined)
    .map(member => buildClosure(member, record));
  return (values, reads) => {
    const given = read(values, reads);
    if (given === undefined) return undefined;
    const value = canonical(given);
    if (set.has(value)) return true;
    let result: false | undefined = false;
    for (const other of others) {
      const member = other(values, reads);
      if (member === undefined) result = undefined;
      else if (canonical(member) === value) return true;
    }
    return result;
  };
}
