import type { StringMap, Value, ValueType } from './value.ts';

/**
 * The type of a template field: what an expression in YAML must yield, and what a handler receives.
 * The same value serves the checker at load and the compiler at the author's desk.
 */
export interface Kind<out V> {
  readonly kind: 'scalar' | 'value' | 'map' | 'object' | 'optional';
  readonly '~value'?: V;
}

export interface ScalarKind<out V> extends Kind<V> {
  readonly kind: 'scalar';
  readonly type: ValueType;
}
/** Any type; which one is fixed when the instance is loaded and told to the handler in `env.instances`. */
export interface ValueKind extends Kind<Value> {
  readonly kind: 'value';
}
export interface MapKind<out V> extends Kind<{ readonly [key: string]: V }> {
  readonly kind: 'map';
  readonly of: Kind<V>;
}
export interface ObjectKind<out V> extends Kind<V> {
  readonly kind: 'object';
  readonly fields: Fields;
}
export interface OptionalKind<out V> extends Kind<V | undefined> {
  readonly kind: 'optional';
  readonly of: Kind<V>;
}

export type Fields = { readonly [field: string]: Kind<unknown> };
/** What is optional is told apart by name: the compiler drops `undefined` from what it infers by an optional property. */
export type FieldValues<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends OptionalKind<infer V>
    ? V | undefined
    : F[K] extends Kind<infer V>
      ? V
      : never;
};

const scalar = <V>(type: ValueType): ScalarKind<V> => ({ kind: 'scalar', type });

/** Field types for {@link defineTemplate}. Durations and timestamps arrive as whole microseconds. */
export const t = {
  string: scalar<string>('STRING'),
  int64: scalar<number | bigint>('INT64'),
  double: scalar<number>('DOUBLE'),
  bool: scalar<boolean>('BOOL'),
  timestamp: scalar<number>('TIMESTAMP'),
  duration: scalar<number>('DURATION'),
  ip: scalar<string>('IP_ADDRESS'),
  email: scalar<string>('EMAIL_ADDRESS'),
  uri: scalar<string>('URI'),
  dnsName: scalar<string>('DNS_NAME'),
  stringMap: scalar<StringMap>('STRING_MAP'),
  value: { kind: 'value' } as ValueKind,
  map: <V>(of: Kind<V>): MapKind<V> => ({ kind: 'map', of }),
  object: <const F extends Fields>(fields: F): ObjectKind<FieldValues<F>> => ({ kind: 'object', fields }),
  optional: <V>(of: Kind<V>): OptionalKind<V> => ({ kind: 'optional', of }),
} as const;
