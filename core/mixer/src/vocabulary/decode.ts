import { stringMap, type Value, type ValueType } from '../value.ts';
import { Bag } from './bag.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { int64Of, parseInt64 } from './int64.ts';
import { parseIpAddress } from './ip-address.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A value from outside in its run-time form, or what is wrong with it. */
export type Decoded =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: AttributeProblem };

export interface AttributeProblem {
  readonly code: 'ATTRIBUTE_BAD_VALUE' | 'ATTRIBUTE_UNKNOWN';
  readonly message: string;
  readonly hint?: string;
}

/**
 * What a bag holds for an attribute whose value was not of its type: it is there, but every expression that reads it
 * fails, also through `|`.
 */
export const unreadable = Symbol('unreadable') as unknown as Value;

const forms: Readonly<Record<ValueType, { readonly form: string; read(raw: unknown): Value | undefined }>> = {
  STRING: { form: 'text', read: text },
  URI: { form: 'text', read: text },
  DNS_NAME: { form: 'text', read: text },
  EMAIL_ADDRESS: { form: 'text', read: text },
  INT64: { form: 'a whole number within int64', read: raw => (isNumeric(raw) ? int64Of(raw) : undefined) },
  DOUBLE: { form: 'a number', read: raw => (isNumeric(raw) ? Number(raw) : undefined) },
  BOOL: { form: 'true or false', read: raw => (typeof raw === 'boolean' ? raw : undefined) },
  TIMESTAMP: {
    form: 'a time such as "2015-01-02T15:04:35Z"',
    read: raw =>
      raw instanceof Date
        ? raw.getTime() * 1_000 || undefined
        : typeof raw === 'string'
          ? parseTimestamp(raw)
          : undefined,
  },
  DURATION: {
    form: 'a duration such as "20ms"',
    read: raw => (typeof raw === 'string' ? parseDuration(raw) : undefined),
  },
  IP_ADDRESS: {
    form: 'an IP address',
    read: raw => (typeof raw === 'string' ? parseIpAddress(raw) : undefined),
  },
  STRING_MAP: { form: 'a map of strings', read: map },
};

/**
 * Brings a value from outside (JSON, YAML) into the form of value.ts: RFC 3339 times and durations become whole
 * microseconds, truncated; IP addresses canonical; maps lose their prototype; integers are checked to fit int64.
 *
 * @example decodeValue('DURATION', '1h2m') // { ok: true, value: 3_720_000_000 }
 */
export function decodeValue(type: ValueType, raw: unknown): Decoded {
  const { form, read } = forms[type];
  const value = read(raw);
  if (value !== undefined) return { ok: true, value };
  return {
    ok: false,
    problem: { code: 'ATTRIBUTE_BAD_VALUE', message: `${show(raw)} is no ${type}, which is ${form}` },
  };
}

/**
 * The same for text that somebody typed (`-a request.size=120`): numbers and booleans are read from their digits and
 * words, a STRING_MAP from a JSON object.
 */
export function decodeText(type: ValueType, text: string): Decoded {
  if (type === 'INT64') return decodeValue(type, parseInt64(text) ?? text);
  if (type === 'DOUBLE')
    return decodeValue(type, text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text);
  if (type === 'BOOL') return decodeValue(type, text === 'true' ? true : text === 'false' ? false : text);
  if (type !== 'STRING_MAP') return decodeValue(type, text);
  try {
    return decodeValue(type, JSON.parse(text));
  } catch {
    const problem = {
      code: 'ATTRIBUTE_BAD_VALUE',
      message: `${show(text)} is no STRING_MAP`,
      hint: 'write it as JSON: {"key": "value"}',
    } as const;
    return { ok: false, problem };
  }
}

/** The reverse: TIMESTAMP as RFC 3339, DURATION as `19ms`, the rest as it is. An INT64 beyond 2^53 stays a bigint. */
export function encodeValue(type: ValueType, value: Value): Value {
  if (type === 'TIMESTAMP') return formatTimestamp(value as number);
  if (type === 'DURATION') return formatDuration(value as number);
  return value;
}

/**
 * A bag of values from outside. A value that is not of its attribute's type is a problem, and {@link unreadable} in the
 * bag; an attribute that the vocabulary does not know is a problem and left out.
 */
export function decodeBag(
  vocabulary: Vocabulary,
  record: Readonly<Record<string, unknown>>,
): { readonly bag: Bag; readonly problems: readonly AttributeProblem[] } {
  const bag = new Bag(vocabulary);
  const problems: AttributeProblem[] = [];
  for (const [name, raw] of Object.entries(record)) {
    const slot = vocabulary.slotOf(name);
    const type = vocabulary.get(name)?.type;
    if (slot === undefined || type === undefined) {
      problems.push({ code: 'ATTRIBUTE_UNKNOWN', message: `unknown attribute "${name}"` });
      continue;
    }
    const decoded = decodeValue(type, raw);
    bag.set(slot, decoded.ok ? decoded.value : unreadable);
    if (!decoded.ok)
      problems.push({ ...decoded.problem, message: `attribute "${name}": ${decoded.problem.message}` });
  }
  return { bag, problems };
}

function isNumeric(raw: unknown): raw is number | bigint {
  return typeof raw === 'bigint' || (typeof raw === 'number' && Number.isFinite(raw));
}
function text(raw: unknown): string | undefined {
  return typeof raw === 'string' ? raw : undefined;
}
function map(raw: unknown): Value | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const entries = raw instanceof Map ? [...raw] : Object.entries(raw);
  return entries.every(([key, value]) => typeof key === 'string' && typeof value === 'string')
    ? stringMap(entries)
    : undefined;
}
function show(raw: unknown): string {
  const shown = typeof raw === 'bigint' ? String(raw) : (JSON.stringify(raw) ?? typeof raw);
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}
