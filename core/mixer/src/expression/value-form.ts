import type { Value, ValueType } from '../value.ts';

/** What `typeof` says of a type's values; INT64 may also be a bigint. */
export const formByType: Readonly<Record<ValueType, 'string' | 'number' | 'boolean' | 'object'>> = {
  STRING: 'string',
  INT64: 'number',
  DOUBLE: 'number',
  BOOL: 'boolean',
  TIMESTAMP: 'number',
  DURATION: 'number',
  IP_ADDRESS: 'string',
  EMAIL_ADDRESS: 'string',
  URI: 'string',
  DNS_NAME: 'string',
  STRING_MAP: 'object',
};

/** Whether a bag's value can be one of the type: what does not is an error when it is read, never garbage. */
export function isOfType(type: ValueType, value: Value): boolean {
  const form = typeof value;
  return form === formByType[type] || (form === 'bigint' && type === 'INT64');
}
