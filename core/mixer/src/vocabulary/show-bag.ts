import type { StringMap, Value } from '../value.ts';
import type { Bag } from './bag.ts';
import { formatDuration } from './duration.ts';
import { formatTimestamp } from './timestamp.ts';
import type { AttributeDeclaration } from './vocabulary.ts';

const mask = '***';

/**
 * A bag as people may see it: by name, times and durations as text, integers beyond the safe ones as text, and what is
 * declared `sensitive` masked. This is also what a bag becomes as JSON and in `console.log`.
 *
 * @example showBag(decision.bag) // { 'request.path': '/', 'request.headers': { authorization: '***' } }
 */
export function showBag(bag: Bag): { readonly [attribute: string]: unknown } {
  return Object.fromEntries(
    presentIn(bag).map(([declaration, value]) => [declaration.name, show(declaration, value)]),
  );
}

function show({ type, sensitive }: AttributeDeclaration, value: Value): unknown {
  if (sensitive === true) return mask;
  if (typeof value === 'object') {
    const keys = Array.isArray(sensitive) ? sensitive : [];
    const entries = Object.entries(value).map(([key, text]) => [key, keys.includes(key) ? mask : text]);
    return Object.fromEntries(entries);
  }
  if (type === 'TIMESTAMP' && typeof value === 'number') return formatTimestamp(value);
  if (type === 'DURATION' && typeof value === 'number') return formatDuration(value);
  return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
}

/** Replaces what is sensitive in a bag wherever it stands in data derived from it, such as a quota's dimensions. */
export function maskSensitive<T>(data: T, bag: Bag): T {
  const secrets = presentIn(bag).flatMap(([declaration, value]) => sensitiveTexts(declaration, value));
  return secrets.length === 0 ? data : (replace(data, secrets) as T);
}

function sensitiveTexts({ sensitive }: AttributeDeclaration, value: Value): string[] {
  if (sensitive === undefined || sensitive === false) return [];
  if (typeof value !== 'object') return sensitive === true ? [String(value)] : [];
  const map = value as StringMap;
  const keys = sensitive === true ? Object.keys(map) : sensitive;
  return keys.flatMap(key => map[key] ?? []).filter(text => text !== '');
}

/** Parts of texts only where a secret is long enough that it cannot stand there by chance. */
function replace(data: unknown, secrets: readonly string[]): unknown {
  if (typeof data === 'string') {
    if (secrets.includes(data)) return mask;
    return secrets
      .filter(({ length }) => length > 3)
      .reduce((text, part) => text.replaceAll(part, mask), data);
  }
  if (typeof data === 'bigint' || typeof data === 'number')
    return secrets.includes(String(data)) ? mask : data;
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.map(part => replace(part, secrets));
  return Object.fromEntries(Object.entries(data).map(([key, part]) => [key, replace(part, secrets)]));
}

function presentIn({ vocabulary, values }: Bag): [AttributeDeclaration, Value][] {
  return vocabulary.declarations.flatMap((declaration, slot): [AttributeDeclaration, Value][] => {
    const value = values[slot];
    return value === undefined ? [] : [[declaration, value]];
  });
}
