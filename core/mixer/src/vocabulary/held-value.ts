import { PlainMap, type StringMap, stringMap, type Value, type ValueType } from '../value.ts';
import { int64Of } from './int64.ts';
import { parseIpAddress } from './ip-address.ts';
import type { AttributeDeclaration } from './vocabulary.ts';

/** How a bag holds each type: see value.ts. */
const forms: Readonly<Record<ValueType, { readonly form: string; holds(value: unknown): boolean }>> = {
  STRING: { form: 'a string', holds: isText },
  URI: { form: 'a string', holds: isText },
  DNS_NAME: { form: 'a string', holds: isText },
  EMAIL_ADDRESS: { form: 'a string', holds: isText },
  INT64: { form: 'a whole number, or a bigint beyond 2^53', holds: isInt64 },
  DOUBLE: { form: 'a number', holds: value => typeof value === 'number' },
  BOOL: { form: 'true or false', holds: value => typeof value === 'boolean' },
  TIMESTAMP: { form: 'whole microseconds since the Unix epoch', holds: Number.isInteger },
  DURATION: { form: 'whole microseconds', holds: Number.isInteger },
  IP_ADDRESS: {
    form: 'an address in canonical text, such as "10.0.0.1"',
    holds: value => typeof value === 'string' && parseIpAddress(value) === value,
  },
  STRING_MAP: { form: 'an object whose values are strings', holds: isStringMap },
};

/** What is wrong with a value that is to be held for an attribute; undefined where nothing is. */
export function heldProblem(
  { name, type, sensitive }: AttributeDeclaration,
  value: unknown,
): string | undefined {
  const { form, holds } = forms[type];
  if (holds(value)) return undefined;
  return `attribute "${name}" is ${type}, held as ${form}, found ${sensitive === true ? kindOf(value) : shown(value)}`;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isInt64(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'bigint') && int64Of(value) === value;
}

function isStringMap(value: unknown): value is StringMap {
  return kindOf(value) === 'object' && Object.values(value as object).every(isText);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype, of whatever realm, and that of PlainMap, of whatever copy of this package.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return 'object';
  return value.constructor.name || 'object of a class';
}

/** Values of maps are not shown: headers are secrets as often as not. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const odd = kindOf(value) === 'object' && Object.entries(value as object).find(([, held]) => !isText(held));
  return odd ? `${kindOf(odd[1])} under ${JSON.stringify(odd[0])}` : kindOf(value);
}

/** A map that inherits something is copied: in expressions `constructor` is no key of it. */
export function withoutPrototype(value: Value): Value {
  if (typeof value !== 'object') return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === PlainMap.prototype ? value : stringMap(value);
}
