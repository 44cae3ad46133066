import { createHash } from 'node:crypto';

/**
 * JSON with sorted keys: equal texts exactly for equal data. Config schemas may decode to sets, maps, patterns, dates
 * and secrets too; a secret is told by its digest, which does not give it away.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(plain(value, new Set())) ?? 'null';
}

function plain(value: unknown, around: Set<object>): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  if (isSecret(value)) return { secret: value.digest };
  if (value instanceof RegExp) return String(value);
  if (around.has(value)) return 'around again';
  around.add(value);
  const inner = contentOf(value, around);
  around.delete(value);
  return inner;
}

function contentOf(value: object, around: Set<object>): unknown {
  if (Array.isArray(value)) return value.map(part => plain(part, around));
  if (value instanceof Set || value instanceof Map) return [...value].map(part => plain(part, around));
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), around);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part, around)]));
}

/** By its shape: an adapter may have a copy of the class of its own. */
function isSecret(value: object): value is { readonly digest: string } {
  return (
    'digest' in value &&
    typeof value.digest === 'string' &&
    'reveal' in value &&
    typeof value.reveal === 'function'
  );
}

/** The first 16 hex digits of a SHA-256 over canonical JSON: enough to tell configurations apart, short enough to read. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}
