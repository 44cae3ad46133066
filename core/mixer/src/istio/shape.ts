import { type Finding, nearest } from '@krater/documents';
import type { ConfigPath } from '../config/document.ts';
import { isMap, PlainMap } from '../value.ts';
import type { Code } from './codes.ts';
import type { Translation } from './translation.ts';

/**
 * Translates one value, which stands at `from` and goes to `to`; undefined leaves it out. A value of the wrong form goes
 * on as it is: the native schema will say what it wants, and the recorded paths where.
 */
export type Shape = (value: unknown, from: ConfigPath, to: ConfigPath, translation: Translation) => unknown;

/**
 * Where the value of a key goes, relative to the enclosing map, and in what shape. `to` may be dotted
 * (`validity.duration`), or empty: then the shape answers a map whose keys join the enclosing one, or nothing.
 */
export type Field = readonly [to: string, shape?: Shape];
export type FieldTable = { readonly [camelCaseKey: string]: Field };

export const asItIs: Shape = value => value;

/**
 * A map whose keys are known, in either spelling. `defaults` are what the original assumed where nothing is written;
 * `required` keys are named here where the native schema would ask for them under another name.
 */
export function fields(
  table: FieldTable,
  defaults: { readonly [key: string]: unknown } = {},
  required: readonly string[] = [],
): Shape {
  return (value, from, to, translation) => {
    if (!isMap(value)) return value;
    const native: Record<string, unknown> = Object.assign(new PlainMap(), defaults);
    const written = new Map<string, string>();
    for (const [key, inner] of Object.entries(value)) {
      const at = [...from, key];
      const camelCase = camelCased(key);
      const [target, shape = asItIs] =
        (Object.hasOwn(table, camelCase) && table[camelCase]) || unknown(key, table);
      const before = written.get(target || camelCase);
      written.set(target || camelCase, key);
      if (before !== undefined) {
        const message = `"${before}" and "${key}" say the same thing`;
        translation.problem(at, { code: 'ISTIO_KEY_TWICE', message, hint: `remove "${key}"` }, 'key');
      } else if (inner !== null) {
        const path = target === '' ? [] : target.split('.');
        const destination = [...to, ...path];
        if (path.length > 0) translation.paths.record(destination, at);
        const translated = shape(inner, at, destination, translation);
        if (path.length > 0 || translated === undefined || isMap(translated)) put(native, path, translated);
        else {
          const message = `"${key}" must be a map, found ${shown(inner)}`;
          translation.problem(at, { code: 'ISTIO_BAD_VALUE', message });
        }
      }
    }
    const present = new Set(Object.keys(value).map(camelCased));
    for (const key of required) if (!present.has(key)) missing(key, from, translation);
    return native;
  };
}

export function list(shape: Shape): Shape {
  return (value, from, to, translation) => {
    if (!Array.isArray(value)) return value;
    return value.map((item, index) => {
      translation.paths.record([...to, index], [...from, index]);
      return shape(item, [...from, index], [...to, index], translation) ?? item;
    });
  };
}

/** A map whose keys are the user's own. */
export function record(shape: Shape): Shape {
  return (value, from, to, translation) => {
    if (!isMap(value)) return value;
    const native: Record<string, unknown> = new PlainMap();
    for (const [key, inner] of Object.entries(value)) {
      translation.paths.record([...to, key], [...from, key]);
      const translated = shape(inner, [...from, key], [...to, key], translation);
      if (translated !== undefined) native[key] = translated;
    }
    return native;
  };
}

/** Names of the original and what they are called here, in the order of their numbers there, which are accepted too. */
export function oneOf(names: { readonly [original: string]: string }, firstNumber = 0): Shape {
  const originals = Object.keys(names);
  return (value, from, _to, translation) => {
    const original = typeof value === 'number' ? originals[value - firstNumber] : value;
    if (typeof original === 'string' && Object.hasOwn(names, original)) return names[original];
    const near = typeof value === 'string' ? nearest(value, originals) : undefined;
    const message = `unknown value ${shown(value)}; allowed are ${quoted(originals)}`;
    translation.problem(from, {
      code: 'ISTIO_BAD_VALUE',
      message,
      ...(near !== undefined && { hint: `did you mean "${near}"?` }),
    });
    return undefined;
  };
}

/** A BOOL of the original that is a choice between two words here. */
export function bool(whenTrue: string, whenFalse: string): Shape {
  return (value, from, _to, translation) => {
    if (typeof value === 'boolean') return value ? whenTrue : whenFalse;
    const message = `${shown(value)} is neither true nor false`;
    translation.problem(from, { code: 'ISTIO_BAD_VALUE', message });
    return undefined;
  };
}

/** Whole numbers, which protocol buffers also write as text. */
export const int64: Shape = value =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;

/** A number whose key named the unit there; here a text with it. */
export function inUnits(unit: string): Shape {
  return (value, from, _to, translation) => {
    if (/^\d{1,9}$/.test(String(typeof value === 'object' ? '' : value))) return `${value}${unit}`;
    const message = `${shown(value)} is no whole number of up to nine digits`;
    translation.problem(from, { code: 'ISTIO_BAD_VALUE', message });
    return undefined;
  };
}

/** A key for what Krater does not do: dropping it would change what the document means. */
export function unsupported(reason: string, hint: string): Field {
  return complaint({ code: 'ISTIO_UNSUPPORTED_KEY', message: `not supported: ${reason}`, hint });
}

/** A key that can be left out without changing what the document means, which is said all the same. */
export function noEffect(reason: string): Field {
  return complaint({
    code: 'ISTIO_NO_EFFECT',
    message: `no effect: ${reason}`,
    hint: 'remove it',
    severity: 'warning',
  });
}

/** The value of a key, in whichever spelling it stands. */
export function written(map: unknown, camelCaseKey: string): unknown {
  if (!isMap(map)) return undefined;
  return Object.entries(map).find(([key]) => camelCased(key) === camelCaseKey)?.[1];
}

export function camelCased(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A value as it is shown in messages. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a map';
  return JSON.stringify(String(value));
}

export function quoted(names: readonly string[]): string {
  return names.map(name => `"${name}"`).join(', ');
}

function unknown(key: string, table: FieldTable): Field {
  const known = Object.keys(table);
  const near = nearest(camelCased(key), known);
  const message = `unknown key "${key}"; ${known.length === 0 ? 'no keys are allowed here' : `allowed are ${quoted(known)}`}`;
  const hint = near === undefined ? 'remove it' : `did you mean "${near}"?`;
  return complaint({ code: 'ISTIO_UNKNOWN_KEY', message, hint });
}

function missing(key: string, from: ConfigPath, translation: Translation): void {
  const message = `missing key "${key}"`;
  translation.problem([...from, key], { code: 'ISTIO_MISSING_KEY', message, hint: `add: ${key}: …` });
}

function complaint(finding: Finding & { readonly code: Code }): Field {
  return [
    '',
    (_value, from, _to, translation) => {
      translation.problem(from, finding, 'key');
      return undefined;
    },
  ];
}

function put(map: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (value === undefined) return;
  if (first === undefined) Object.assign(map, value);
  else if (rest.length === 0) map[first] = value;
  else {
    const inner: Record<string, unknown> = Object.assign(new PlainMap(), map[first]);
    put(inner, rest, value);
    map[first] = inner;
  }
}
