import type { InstanceShape } from '../env.ts';
import type { Fields, Kind, MapKind, ObjectKind, OptionalKind, ScalarKind } from '../kind.ts';
import type { Template } from '../template.ts';
import { stringMap, type ValueType } from '../value.ts';

/** An instance as a handler receives it. */
export type SampleInstance = { readonly name: string; readonly [field: string]: unknown };

/**
 * Instances made up from a template's fields: one with everything, one with nothing optional, and one whose values are
 * legal and awkward (empty texts, integers beyond the safe ones, a key called `__proto__`).
 */
export function sampleInstances(template: Template, name = 'sample'): readonly SampleInstance[] {
  const make = (style: Style) => ({ ...(sampleFields(template.fields, style) as object), name });
  return [make('full'), make('bare'), make('awkward')];
}

/** One whose values are as long, as large and as many as a hostile request can make them. */
export function extremeInstance(template: Template, name = 'sample'): SampleInstance {
  return { ...(sampleFields(template.fields, 'extreme') as object), name };
}

/** What `env.instances` would say of an instance: the types of its fields, read off its values. */
export function shapeOf(template: Template, instance: SampleInstance): InstanceShape {
  const types: Record<string, InstanceShape['types'][string]> = {};
  for (const [field, kind] of Object.entries(template.fields)) {
    const type = typeOf(instance[field], kind);
    if (type !== undefined) types[field] = type;
  }
  return { name: instance.name, template: template.name, types };
}

type Style = 'full' | 'bare' | 'awkward' | 'extreme';

function sampleFields(fields: Fields, style: Style): unknown {
  const made: Record<string, unknown> = Object.create(null);
  for (const [field, kind] of Object.entries(fields)) {
    if (style === 'bare' && kind.kind === 'optional') continue;
    made[field] = sampleOf(kind, style);
  }
  return made;
}

function sampleOf(kind: Kind<unknown>, style: Style): unknown {
  switch (kind.kind) {
    case 'scalar':
      return samples[(kind as ScalarKind<unknown>).type][column[style]];
    case 'value':
      return samples.STRING[column[style]];
    case 'optional':
      return sampleOf((kind as OptionalKind<unknown>).of, style);
    case 'object':
      return sampleFields((kind as ObjectKind<unknown>).fields, style);
    case 'map': {
      const map: Record<string, unknown> = Object.create(null);
      for (const key of mapKeys[style]) map[key] = sampleOf((kind as MapKind<unknown>).of, style);
      return map;
    }
  }
}

const column: Record<Style, 0 | 1 | 2> = { full: 0, bare: 0, awkward: 1, extreme: 2 };
const longText = `\u0000\r\n\u001b[2J"'\\\u202e🏺${'x'.repeat(65_536)}`;
const manyKeys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
const mapKeys: Record<Style, readonly string[]> = {
  full: ['user'],
  bare: ['user'],
  awkward: ['__proto__', '', 'a=b;c'],
  extreme: manyKeys,
};

/** By type: an ordinary value, an awkward one, an extreme one. */
const samples: Record<ValueType, readonly [unknown, unknown, unknown]> = {
  STRING: ['one', '', longText],
  INT64: [3, 9007199254740993n, -9223372036854775808n],
  DOUBLE: [0.5, -1e300, Number.MIN_VALUE],
  BOOL: [true, false, true],
  TIMESTAMP: [1_900_000_000_000_000, 0, -Number.MAX_SAFE_INTEGER],
  DURATION: [1_500, 0, -Number.MAX_SAFE_INTEGER],
  IP_ADDRESS: ['10.0.0.1', '2001:db8::1', '::'],
  EMAIL_ADDRESS: ['zoe@example.com', 'a@b', `${'z'.repeat(64)}@example.com`],
  URI: ['http://example.com/a?b=c', 'urn:x', `http://example.com/${'%00'.repeat(2_000)}`],
  DNS_NAME: ['ratings.example.com', 'a', `${'a.'.repeat(120)}a`],
  STRING_MAP: [
    stringMap({ app: 'ratings' }),
    stringMap([['__proto__', '']]),
    stringMap(manyKeys.map(key => [key, longText.slice(0, 200)])),
  ],
};

function typeOf(
  value: unknown,
  kind: Kind<unknown>,
): ValueType | { readonly [key: string]: ValueType } | undefined {
  if (value === undefined) return undefined;
  if (kind.kind === 'optional') return typeOf(value, (kind as OptionalKind<unknown>).of);
  if (kind.kind === 'scalar') return (kind as ScalarKind<unknown>).type;
  if (kind.kind === 'value') return typeOfValue(value);
  const types: Record<string, ValueType> = Object.create(null);
  for (const [key, part] of Object.entries(value as object)) types[key] = typeOfValue(part);
  return types;
}

function typeOfValue(value: unknown): ValueType {
  if (typeof value === 'string') return 'STRING';
  if (typeof value === 'boolean') return 'BOOL';
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return 'INT64';
  return typeof value === 'number' ? 'DOUBLE' : 'STRING_MAP';
}
