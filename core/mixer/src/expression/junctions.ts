import { buildClosure, type Closure } from './closures.ts';
import { bothTextsEqual, textClauseOf } from './text-clauses.ts';
import type { Node } from './tree.ts';

/**
 * `&&` and `||` are three-valued: an operand that decides does so whatever is unknown before it, so an unknown one is
 * not the end. Everything read on the way counts. Of a conjunction, neighbouring comparisons of texts with constants are
 * fused in pairs.
 */
export function buildConjunction(operands: readonly Node[], record: boolean): Closure {
  const units: Closure[] = [];
  for (let index = 0; index < operands.length; index++) {
    const [one, other] = [operands[index] as Node, operands[index + 1]];
    const clauses = [textClauseOf(one), other && textClauseOf(other)] as const;
    if (clauses[0] === undefined || clauses[1] === undefined) {
      units.push(buildClosure(one, record));
      continue;
    }
    index++;
    const rest = operands.length - index - 1;
    if (units.length === 0 && rest > 0 && rest <= fewest)
      return bothTextsEqual(
        clauses[0],
        clauses[1],
        buildConjunction(operands.slice(index + 1), record),
        record,
      );
    units.push(bothTextsEqual(clauses[0], clauses[1], undefined, record));
  }
  return conjunction(units);
}

/** A pair calls what follows it by itself; longer rows are looped over, which no length can make too deep. */
const fewest = 6;

function conjunction(units: readonly Closure[]): Closure {
  const [a, b, c] = units as [Closure, Closure, Closure];
  if (units.length < 3) return units.length === 1 ? a : and2(a, b);
  return units.length === 3 ? and3(a, b, c) : andN(units);
}

export function buildDisjunction(operands: readonly Node[], record: boolean): Closure {
  const closures = operands.map(operand => buildClosure(operand, record));
  const [a, b] = closures as [Closure, Closure];
  return closures.length === 2 ? or2(a, b) : orN(closures);
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
