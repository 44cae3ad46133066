import type { Value, ValueType } from '../value.ts';
import { canonicalDnsName, canonicalEmailAddress, canonicalUri } from './identity.ts';
import { compareText } from './text.ts';
import type { Operator } from './tree.ts';

/** Types whose equal values are not always the same text. */
const canonicalForms: Readonly<Partial<Record<ValueType, (text: string) => string>>> = {
  DNS_NAME: canonicalDnsName,
  EMAIL_ADDRESS: canonicalEmailAddress,
  URI: canonicalUri,
};

/** What equal values of a type are mapped to; undefined where values are equal exactly if `===`. */
export function canonicalForm(type: ValueType): ((value: Value) => Value) | undefined {
  return canonicalForms[type] as ((value: Value) => Value) | undefined;
}

export function equal(type: ValueType, left: Value, right: Value): boolean {
  const canonical = canonicalForm(type);
  return canonical === undefined ? left === right : canonical(left) === canonical(right);
}

export type Test = (left: Value, right: Value) => boolean;

/** The comparison that an operator makes of two values of one type. */
export function comparison(operator: Operator, type: ValueType): Test {
  if (operator === '==') return (left, right) => equal(type, left, right);
  if (operator === '!=') return (left, right) => !equal(type, left, right);
  const sign: Test | undefined = (type === 'STRING' ? textTests : tests)[operator];
  if (sign === undefined) throw new TypeError(`"${operator}" compares nothing`);
  return sign;
}

/** A number and a bigint compare exactly. */
const tests: Readonly<Partial<Record<Operator, Test>>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
const textTests: Readonly<Partial<Record<Operator, Test>>> = {
  '<': (left, right) => compareText(left as string, right as string) < 0,
  '<=': (left, right) => compareText(left as string, right as string) <= 0,
  '>': (left, right) => compareText(left as string, right as string) > 0,
  '>=': (left, right) => compareText(left as string, right as string) >= 0,
};
