import type { Value, ValueType } from '../value.ts';
import { addInt64, type Int64, multiplyInt64, remainderInt64, subtractInt64 } from '../vocabulary/int64.ts';
import type { Operator } from './tree.ts';

export type Compute = (left: Value, right: Value) => Value | undefined;

const integers: Readonly<Partial<Record<Operator, Compute>>> = {
  '+': (left, right) => addInt64(left as Int64, right as Int64),
  '-': (left, right) => subtractInt64(left as Int64, right as Int64),
  '*': (left, right) => multiplyInt64(left as Int64, right as Int64),
  '%': (left, right) => remainderInt64(left as Int64, right as Int64),
  '/': (left, right) => (right === 0 ? undefined : Number(left) / Number(right)),
};
const doubles: Readonly<Partial<Record<Operator, Compute>>> = {
  '+': (left, right) => (left as number) + (right as number),
  '-': (left, right) => (left as number) - (right as number),
  '*': (left, right) => (left as number) * (right as number),
  '%': (left, right) => (right === 0 ? undefined : (left as number) % (right as number)),
  '/': (left, right) => (right === 0 ? undefined : (left as number) / (right as number)),
};
const concatenate: Compute = (left, right) => (left as string) + (right as string);

/** What an operator computes over operands of a type; undefined on overflow of INT64 and on division by zero. */
export function arithmetic(operator: Operator, type: ValueType): Compute {
  const compute = type === 'STRING' ? concatenate : (type === 'INT64' ? integers : doubles)[operator];
  if (compute === undefined) throw new TypeError(`"${operator}" computes nothing`);
  return compute;
}

/** Undefined for the least INT64, whose negative does not exist. */
export function negate(type: ValueType, value: Value): Value | undefined {
  return type === 'INT64' ? subtractInt64(0, value as Int64) : -(value as number);
}
