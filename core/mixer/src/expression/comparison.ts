import type { Value, ValueType } from '../value.ts';
import { canonicalDnsName, canonicalEmailAddress, canonicalUri } from './identity.ts';
import { compareText } from './text.ts';
import type { Operator } from './tree.ts';

/** Types whose equal values are not always the same text. */
const canonicalForms: Readonly<Partial<Record<ValueType, (text: string) => string | undefined>>> = {
  DNS_NAME: canonicalDnsName,
  EMAIL_ADDRESS: canonicalEmailAddress,
  URI: canonicalUri,
};

/**
 * What equal values of a type are mapped to; undefined for a value that is none of the type. Undefined where values are
 * equal exactly if `===`.
 */
export function canonicalForm(type: ValueType): ((value: Value) => Value | undefined) | undefined {
  return canonicalForms[type] as ((value: Value) => Value | undefined) | undefined;
}

/** Undefined where one of them is no value of the type, such as a DNS_NAME from outside with two dots in a row. */
export function equal(type: ValueType, left: Value, right: Value): boolean | undefined {
  const canonical = canonicalForm(type);
  if (canonical === undefined) return left === right;
  const [one, other] = [canonical(left), canonical(right)];
  return one === undefined || other === undefined ? undefined : one === other;
}

export type Test = (left: Value, right: Value) => boolean | undefined;

/** The comparison that an operator makes of two values of one type; undefined as for {@link equal}. */
export function comparison(operator: Operator, type: ValueType): Test {
  if (operator === '==') return (left, right) => equal(type, left, right);
  if (operator === '!=') {
    return (left, right) => {
      const same = equal(type, left, right);
      return same === undefined ? undefined : !same;
    };
  }
  const test: Test | undefined = (type === 'STRING' ? textTests : tests)[operator];
  if (test === undefined) throw new TypeError(`"${operator}" compares nothing`);
  return test;
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
