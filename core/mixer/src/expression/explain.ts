import type { Value } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import { attributesOf } from './analysis.ts';
import { interpret } from './interpreter.ts';
import { printTree, printValue } from './print.ts';
import type { Node } from './tree.ts';
import { isOfType } from './value-form.ts';

/** What one clause came to for one request. */
export interface ClauseExplanation {
  /** The clause as text. */
  readonly clause: string;
  readonly value: boolean | 'unknown';
  /** What the attributes in it were; sensitive values are masked. For an unknown one: why. */
  readonly reason: string;
  /** The parts of an `&&` or `||`. */
  readonly clauses: readonly ClauseExplanation[];
}

/** The value of every clause of a condition, down through `&&` and `||`. */
export function explainClauses(tree: Node, bag: Bag): ClauseExplanation {
  const outcome = interpret(tree, bag.values);
  const junction = tree.node === 'operation' && (tree.operator === '&&' || tree.operator === '||');
  return {
    clause: printTree(tree),
    value: outcome.ok ? outcome.value === true : 'unknown',
    reason: outcome.ok ? found(tree, bag) : outcome.failure.message,
    clauses: junction ? tree.operands.map(operand => explainClauses(operand, bag)) : [],
  };
}

/**
 * Why a condition is not true for a bag, in one line: the clause that decided, with what it found.
 *
 * @example explainTree(tree, bag) // 'request.method == "GET" is false: request.method is "POST"'
 */
export function explainTree(tree: Node, bag: Bag): string {
  const outcome = interpret(tree, bag.values);
  const value = outcome.ok ? outcome.value : 'unknown';
  if (tree.node === 'operation' && (tree.operator === '&&' || tree.operator === '||')) {
    const deciding = tree.operands.filter(operand => {
      const part = interpret(operand, bag.values);
      return value === 'unknown' ? !part.ok : part.ok && part.value === value;
    });
    const all = tree.operator === '&&' ? value === true : value === false;
    return (all ? deciding : deciding.slice(0, 1)).map(operand => explainTree(operand, bag)).join('; ');
  }
  const because = outcome.ok ? found(tree, bag) : outcome.failure.message;
  return `${printTree(tree)} is ${value}${because === '' ? '' : `: ${because}`}`;
}

function found(tree: Node, bag: Bag): string {
  const texts = new Set<string>();
  for (const { name, slot, key } of attributesOf(tree)) {
    const declaration = bag.vocabulary.declarations[slot];
    const value: Value | undefined = bag.values[slot];
    if (declaration === undefined) continue;
    const { type, sensitive } = declaration;
    if (value === undefined) texts.add(`${name} is absent`);
    else if (!isOfType(type, value)) texts.add(`${name} is no ${type}`);
    else if (type !== 'STRING_MAP')
      texts.add(`${name} is ${sensitive === true ? 'masked' : printValue(type, value)}`);
    else if (key !== undefined && typeof value === 'object') {
      const masked = sensitive === true || (Array.isArray(sensitive) && sensitive.includes(key));
      const content = value[key];
      texts.add(
        `${name}["${key}"] is ${content === undefined ? 'absent' : masked ? 'masked' : JSON.stringify(content)}`,
      );
    }
  }
  return [...texts].join(', ');
}
