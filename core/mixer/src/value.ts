/**
 * The values that attributes hold and expressions produce.
 *
 * Types are those of the original `istio.policy.v1beta1.ValueType`. At run time a value is plain data:
 *
 * | type | held as |
 * |---|---|
 * | STRING, URI, DNS_NAME, EMAIL_ADDRESS | string |
 * | INT64 | number while it is a safe integer, bigint beyond |
 * | DOUBLE | number |
 * | BOOL | boolean |
 * | TIMESTAMP | whole microseconds since the Unix epoch |
 * | DURATION | whole microseconds |
 * | IP_ADDRESS | canonical text: `10.0.0.1` (also for `::ffff:10.0.0.1`), `2001:db8::1` |
 * | STRING_MAP | an object without prototype, so `__proto__` is an ordinary key; its keys have no order |
 */
export const valueTypes = [
  'STRING',
  'INT64',
  'DOUBLE',
  'BOOL',
  'TIMESTAMP',
  'DURATION',
  'IP_ADDRESS',
  'EMAIL_ADDRESS',
  'URI',
  'DNS_NAME',
  'STRING_MAP',
] as const;

export type ValueType = (typeof valueTypes)[number];

/**
 * A map of strings without prototype; make one with {@link stringMap}. Maps with the same keys and values are equal, in
 * whatever order the keys stand: no answer may depend on that, for a cached one serves both.
 */
export interface StringMap {
  readonly [key: string]: string;
}

export type Value = string | number | bigint | boolean | StringMap;

interface ValueByType {
  readonly INT64: number | bigint;
  readonly DOUBLE: number;
  readonly BOOL: boolean;
  readonly TIMESTAMP: number;
  readonly DURATION: number;
  readonly STRING_MAP: StringMap;
}
/** What a type is held as. */
export type ValueOf<T extends ValueType> = T extends keyof ValueByType ? ValueByType[T] : string;

/**
 * An empty object that inherits nothing, so that `__proto__` is an ordinary key; unlike `Object.create(null)` it stays
 * in the fast representation of the JavaScript engine.
 */
export const PlainMap = function PlainMap() {} as unknown as {
  new (): Record<string, never>;
  readonly prototype: object;
};
Object.defineProperty(PlainMap, 'prototype', { value: Object.freeze(Object.create(null)), writable: false });

/** Copies entries into a map without prototype. A repeated key keeps its last value. */
export function stringMap(
  entries: Iterable<readonly [string, string]> | Readonly<Record<string, string>>,
): StringMap {
  const map: Record<string, string> = new PlainMap();
  const pairs =
    Symbol.iterator in entries ? (entries as Iterable<readonly [string, string]>) : Object.entries(entries);
  for (const [key, value] of pairs) map[key] = value;
  return map;
}

/** Is it a map, as YAML and JSON are read: an object and no list? */
export function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type MaybePromise<T> = T | Promise<T>;
