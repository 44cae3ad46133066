import { nearest } from '@krater/documents';
import type { ConfigPath } from '../config/document.ts';
import type { Findings } from '../config/findings.ts';
import type { Expression } from '../expression/expression.ts';
import type { Reads } from '../expression/reads.ts';
import type { Fields, Kind, MapKind, ObjectKind, OptionalKind, ScalarKind } from '../kind.ts';
import type { AnyTemplate } from '../template.ts';
import { isMap, PlainMap, type ValueType } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';

/** Builds one value from a bag; undefined where it has none. */
// biome-ignore lint/suspicious/noExplicitAny: what a field holds is known to the template's author, not to the engine
export type Builder = (bag: Bag, reads: Reads | undefined) => any;

export type FieldTypes = { readonly [field: string]: ValueType | { readonly [key: string]: ValueType } };

export interface FieldContext {
  readonly name: string;
  compile(text: unknown, at: ConfigPath, expects: ValueType | undefined): Expression | undefined;
  problem(
    at: ConfigPath,
    finding: Parameters<Findings['add']>[2],
    pointer?: Parameters<Findings['add']>[3],
  ): void;
  /** Given for report templates: a field without a value becomes `unknown` and is told here. */
  readonly unknownField: (() => void) | undefined;
}

/** Compiles the params of an instance against the fields of its template. */
export function compileFields(
  template: AnyTemplate,
  params: { readonly [field: string]: unknown },
  context: FieldContext,
): { build: Builder; types: FieldTypes } {
  const types: Record<string, FieldTypes[string]> = new PlainMap();
  const build = compileObject(template.fields, params, [], context, types);
  const { name } = context;
  return {
    types,
    build(bag, reads) {
      const fields = build(bag, reads);
      if (fields === undefined) return undefined;
      fields.name = name;
      return fields;
    },
  };
}

const absent: Builder = () => undefined;

function compileObject(
  fields: Fields,
  params: { readonly [field: string]: unknown },
  at: ConfigPath,
  context: FieldContext,
  types: Record<string, FieldTypes[string]>,
): Builder {
  for (const field of Object.keys(params)) {
    if (Object.hasOwn(fields, field)) continue;
    const names = Object.keys(fields);
    const near = nearest(field, names);
    context.problem(
      [...at, field],
      {
        code: 'INSTANCE_UNKNOWN_FIELD',
        message: `unknown field "${field}"; the template has ${names.map(name => `"${name}"`).join(', ') || 'no fields'}`,
        ...(near !== undefined && { hint: `did you mean "${near}"?` }),
      },
      { at: 'key' },
    );
  }
  const builders: [string, Builder][] = [];
  for (const [field, kind] of Object.entries(fields)) {
    const text = params[field];
    if (text !== undefined && text !== null) {
      builders.push([field, compileKind(kind, text, [...at, field], context, types)]);
    } else if (kind.kind !== 'optional') {
      const message = `field "${field}" is missing`;
      context.problem(
        at,
        { code: 'INSTANCE_MISSING_FIELD', message, hint: `add "${field}": an expression` },
        { at: 'key' },
      );
    }
  }
  return (bag, reads) => {
    const built: Record<string, unknown> = new PlainMap();
    for (const [field, build] of builders) {
      const value = build(bag, reads);
      if (value === undefined) return undefined;
      built[field] = value;
    }
    return built;
  };
}

function compileKind(
  kind: Kind<unknown>,
  text: unknown,
  at: ConfigPath,
  context: FieldContext,
  types: Record<string, FieldTypes[string]>,
): Builder {
  switch (kind.kind) {
    case 'optional':
      return compileKind((kind as OptionalKind<unknown>).of, text, at, context, types);
    case 'object': {
      if (!isMap(text)) return wrongForm(at, 'a map of fields', text, context);
      const inner: Record<string, FieldTypes[string]> = new PlainMap();
      const build = compileObject((kind as ObjectKind<unknown>).fields, text, at, context, inner);
      for (const [field, type] of Object.entries(inner)) types[`${at.join('.')}.${field}`] = type;
      return build;
    }
    case 'map': {
      if (!isMap(text)) return wrongForm(at, 'a map of expressions', text, context);
      return compileMap(kind as MapKind<unknown>, text, at, context, types);
    }
    case 'value':
    case 'scalar': {
      const expects = kind.kind === 'scalar' ? (kind as ScalarKind<unknown>).type : undefined;
      const expression = context.compile(text, at, expects);
      if (expression === undefined) return absent;
      types[at.join('.')] = expression.type;
      return fieldBuilder(expression, expects, context);
    }
  }
}

function compileMap(
  kind: MapKind<unknown>,
  entries: { readonly [key: string]: unknown },
  at: ConfigPath,
  context: FieldContext,
  types: Record<string, FieldTypes[string]>,
): Builder {
  const inner: Record<string, FieldTypes[string]> = new PlainMap();
  const keyTypes: Record<string, ValueType> = new PlainMap();
  const builders = Object.entries(entries).map(([key, text]): [string, Builder] => {
    const build = compileKind(kind.of, text, [...at, key], context, inner);
    const type = inner[[...at, key].join('.')];
    if (typeof type === 'string') keyTypes[key] = type;
    return [key, build];
  });
  types[at.join('.')] = keyTypes;
  return (bag, reads) => {
    const map: Record<string, unknown> = new PlainMap();
    for (const [key, build] of builders) {
      const value = build(bag, reads);
      if (value === undefined) return undefined;
      map[key] = value;
    }
    return map;
  };
}

function fieldBuilder(
  expression: Expression,
  expects: ValueType | undefined,
  { unknownField }: FieldContext,
): Builder {
  if (unknownField === undefined) return (bag, reads) => expression.evaluate(bag, reads);
  const unknown = unknownValue(expects);
  return bag => {
    const value = expression.evaluate(bag);
    if (value !== undefined) return value;
    unknownField();
    return unknown;
  };
}

/** What stands in a report for a field that could not be evaluated: told apart from every real value where the type allows. */
function unknownValue(expects: ValueType | undefined) {
  switch (expects) {
    case 'INT64':
    case 'DOUBLE':
    case 'TIMESTAMP':
    case 'DURATION':
      return Number.NaN;
    case 'BOOL':
      return false;
    case 'STRING_MAP':
      return new PlainMap();
    default:
      return 'unknown';
  }
}

function wrongForm(at: ConfigPath, wanted: string, found: unknown, context: FieldContext): Builder {
  const what = Array.isArray(found) ? 'a list' : `${JSON.stringify(found)}`;
  context.problem(at, {
    code: 'INSTANCE_BAD_FIELD',
    message: `field "${at.join('.')}" must be ${wanted}, found ${what}`,
  });
  return absent;
}
