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

/** What `env.instances` would say of an instance: the types of its fields, read off its values. */
export function shapeOf(template: Template, instance: SampleInstance): InstanceShape {
  const types: Record<string, InstanceShape['types'][string]> = {};
  for (const [field, kind] of Object.entries(template.fields)) {
    const type = typeOf(instance[field], kind);
    if (type !== undefined) types[field] = type;
  }
  return { name: instance.name, template: template.name, types };
}

type Style = 'full' | 'bare' | 'awkward';

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
      return samples[(kind as ScalarKind<unknown>).type][style === 'awkward' ? 1 : 0];
    case 'value':
      return style === 'awkward' ? '' : 'one';
    case 'optional':
      return sampleOf((kind as OptionalKind<unknown>).of, style);
    case 'object':
      return sampleFields((kind as ObjectKind<unknown>).fields, style);
    case 'map': {
      const map: Record<string, unknown> = Object.create(null);
      for (const key of style === 'awkward' ? ['__proto__', '', 'a=b;c'] : ['user'])
        map[key] = sampleOf((kind as MapKind<unknown>).of, style);
      return map;
    }
  }
}

const samples: Record<ValueType, readonly [unknown, unknown]> = {
  STRING: ['one', ''],
  INT64: [3, 9007199254740993n],
  DOUBLE: [0.5, -1e300],
  BOOL: [true, false],
  TIMESTAMP: [1_900_000_000_000_000, 0],
  DURATION: [1_500, 0],
  IP_ADDRESS: ['10.0.0.1', '2001:db8::1'],
  EMAIL_ADDRESS: ['zoe@example.com', 'a@b'],
  URI: ['http://example.com/a?b=c', 'urn:x'],
  DNS_NAME: ['ratings.example.com', 'a'],
  STRING_MAP: [stringMap({ app: 'ratings' }), stringMap([['__proto__', '']])],
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
