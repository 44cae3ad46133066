import type { StringMap, Value, ValueType } from '../value.ts';
import { arithmetic, negate } from './arithmetic.ts';
import type { ExpressionCode } from './codes.ts';
import { comparison, equal } from './comparison.ts';
import type { EvaluationFailure } from './expression.ts';
import { functions } from './functions.ts';
import { printTree } from './print.ts';
import type { Attribute, Call, Index, Node, Operation } from './tree.ts';
import { isOfType } from './value-form.ts';

/** A value, or why there is none; `absent` where `|` may fall through. */
export type Outcome =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: EvaluationFailure; readonly absent: boolean };

type Slots = readonly (Value | undefined)[];

const found = (value: Value): Outcome => ({ ok: true, value });

function failed(code: ExpressionCode, message: string, attribute?: string): Outcome {
  const failure = attribute === undefined ? { code, message } : { code, message, attribute };
  return { ok: false, failure, absent: code === 'EXPRESSION_ABSENT' };
}

/**
 * Evaluates a tree the slow way and says why there is no value: for people, and as the second opinion of the tests on
 * the closures. `lenient` is the left side of `|`, where an absent key of a map counts as absent.
 */
export function interpret(node: Node, values: Slots, lenient = false): Outcome {
  switch (node.node) {
    case 'literal':
      return found(node.value);
    case 'attribute':
      return attribute(node, values);
    case 'index':
      return index(node, values, lenient);
    case 'call':
      return strictly(call(node, values));
    case 'operation':
      return node.operator === '|' ? alternatives(node, values, lenient) : strictly(operation(node, values));
  }
}

/** Only attributes, keys and `|` between them fall through: what is computed from an absent attribute has failed. */
function strictly(outcome: Outcome): Outcome {
  return outcome.ok || !outcome.absent ? outcome : { ...outcome, absent: false };
}

function attribute({ name, slot, type }: Attribute, values: Slots): Outcome {
  const value = values[slot];
  if (value === undefined) return failed('EXPRESSION_ABSENT', `attribute "${name}" is absent`, name);
  return isOfType(type, value)
    ? found(value)
    : failed('EXPRESSION_WRONG_VALUE', `the value of attribute "${name}" is no ${type}`, name);
}

function index({ map, key }: Index, values: Slots, lenient: boolean): Outcome {
  const from = interpret(map, values, lenient);
  if (!from.ok) return from;
  const which = interpret(key, values, lenient);
  if (!which.ok) return which;
  const value = (from.value as StringMap)[which.value as string];
  if (typeof value === 'string') return found(value);
  if (!lenient && value === undefined) return found('');
  const name = map.node === 'attribute' ? map.name : 'the map';
  return failed(
    'EXPRESSION_ABSENT',
    `attribute "${name}" has no key "${which.value}"`,
    `${name}[${which.value}]`,
  );
}

function alternatives({ operands }: Operation, values: Slots, lenient: boolean): Outcome {
  const last = operands.length - 1;
  for (const operand of operands.slice(0, last)) {
    const outcome = interpret(operand, values, true);
    if (outcome.ok || !outcome.absent) return outcome;
  }
  return interpret(operands[last] as Node, values, lenient);
}

function call(node: Call, values: Slots): Outcome {
  const { name, args } = node;
  if (name === 'missing') return found(args.some(arg => isMissing(arg, values)));
  if (name === 'conditional') {
    const [test, yes, no] = args as [Node, Node, Node];
    const outcome = interpret(test, values);
    return outcome.ok ? interpret(outcome.value === true ? yes : no, values) : outcome;
  }
  const given: Value[] = [];
  for (const arg of args) {
    const outcome = interpret(arg, values);
    if (!outcome.ok) return outcome;
    given.push(outcome.value);
  }
  const value = functions.get(name)?.run(...(given as never[]));
  // The expression, not the values: they may be secret
  return value === undefined
    ? failed('EXPRESSION_FAILED', `${printTree(node)} fails on what it was given`)
    : found(value);
}

/** JSON Logic's test: absent, or an empty text. */
function isMissing(node: Node, values: Slots): boolean {
  const outcome = interpret(node, values, true);
  return outcome.ok ? outcome.value === '' : outcome.absent;
}

function operation(node: Operation, values: Slots): Outcome {
  const { operator, operands, type } = node;
  if (operator === '&&' || operator === '||')
    return junction(operands, operator === '||', operand => interpret(operand, values));
  const first = interpret(operands[0] as Node, values);
  if (!first.ok) return first;
  const operandType = (operands[0] as Node).type;
  if (operator === 'in') return membership(first.value, operandType, operands.slice(1), values);
  if (operator === '!') return found(first.value !== true);
  if (operator === 'neg') return computed(negate(type, first.value), node);
  let { value } = first;
  for (const operand of operands.slice(1)) {
    const next = interpret(operand, values);
    if (!next.ok) return next;
    if (type === 'BOOL') return compared(comparison(operator, operandType)(value, next.value), operandType);
    const outcome = computed(arithmetic(operator, operandType)(value, next.value), node);
    if (!outcome.ok) return outcome;
    value = outcome.value;
  }
  return found(value);
}

function computed(value: Value | undefined, { operator }: Operation): Outcome {
  if (value !== undefined) return found(value);
  return operator === '/' || operator === '%'
    ? failed('EXPRESSION_DIVISION_BY_ZERO', `the divisor of "${operator}" is zero`)
    : failed(
        'EXPRESSION_OVERFLOW',
        `the result of "${operator === 'neg' ? '-' : operator}" does not fit INT64`,
      );
}

function compared(value: boolean | undefined, type: ValueType): Outcome {
  return value === undefined
    ? failed('EXPRESSION_FAILED', `a text that is no ${type} was compared as one`)
    : found(value);
}

function membership(value: Value, type: ValueType, members: readonly Node[], values: Slots): Outcome {
  return junction(members, true, member => {
    const outcome = interpret(member, values);
    return outcome.ok ? compared(equal(type, value, outcome.value), type) : outcome;
  });
}

/** Three-valued: one deciding operand decides, whatever is unknown before it; otherwise the first unknown counts. */
function junction(
  operands: readonly Node[],
  deciding: boolean,
  evaluate: (operand: Node) => Outcome,
): Outcome {
  let unknown: Outcome | undefined;
  for (const operand of operands) {
    const outcome = evaluate(operand);
    if (!outcome.ok) unknown ??= outcome;
    else if (outcome.value === deciding) return outcome;
  }
  return unknown ?? found(!deciding);
}
