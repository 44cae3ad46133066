import type { Value } from '../value.ts';
import { buildClosure, type Closure } from './closures.ts';
import { canonicalForm } from './comparison.ts';
import { foldConstant } from './constant.ts';
import type { Node } from './tree.ts';

/**
 * `&&` and `||` are three-valued: an operand that decides does so whatever is unknown before it, so an unknown one is
 * not the end. Everything read on the way counts.
 */
export function buildJunction(operator: '&&' | '||', operands: readonly Closure[]): Closure {
  const [a, b, c] = operands as [Closure, Closure, Closure];
  if (operator === '&&') {
    if (operands.length === 2) return and2(a, b);
    if (operands.length === 3) return and3(a, b, c);
    return andN(operands);
  }
  return operands.length === 2 ? or2(a, b) : orN(operands);
}

function and2(a: Closure, b: Closure): Closure {
  return (values, reads) => {
    const one = a(values, reads);
    if (one === false) return false;
    const other = b(values, reads);
    return one === true ? other : other === false ? false : undefined;
  };
}

function and3(a: Closure, b: Closure, c: Closure): Closure {
  return (values, reads) => {
    const one = a(values, reads);
    if (one === false) return false;
    const two = b(values, reads);
    if (two === false) return false;
    const three = c(values, reads);
    return three === false ? false : one === true && two === true ? three : undefined;
  };
}

function andN(operands: readonly Closure[]): Closure {
  return (values, reads) => {
    let result: true | undefined = true;
    for (let index = 0; index < operands.length; index++) {
      const value = (operands[index] as Closure)(values, reads);
      if (value === false) return false;
      if (value === undefined) result = undefined;
    }
    return result;
  };
}

function or2(a: Closure, b: Closure): Closure {
  return (values, reads) => {
    const one = a(values, reads);
    if (one === true) return true;
    const other = b(values, reads);
    return one === false ? other : other === true ? true : undefined;
  };
}

function orN(operands: readonly Closure[]): Closure {
  return (values, reads) => {
    let result: false | undefined = false;
    for (let index = 0; index < operands.length; index++) {
      const value = (operands[index] as Closure)(values, reads);
      if (value === true) return true;
      if (value === undefined) result = undefined;
    }
    return result;
  };
}

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
