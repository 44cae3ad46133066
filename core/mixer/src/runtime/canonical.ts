import { createHash } from 'node:crypto';

/** JSON with sorted keys: equal texts exactly for equal data. Functions and symbols do not occur in configurations. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof RegExp) return String(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    if ('digest' in part && typeof part.digest === 'string') return { digest: part.digest };
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The first 16 hex digits of a SHA-256 over canonical JSON: enough to tell configurations apart, short enough to read. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}
