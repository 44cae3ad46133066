import { createHash } from 'node:crypto';

/** JSON with sorted keys: equal texts exactly for equal data. Functions and symbols do not occur in configurations. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, part: unknown) {
    // A secret shows stars wherever it becomes JSON; what it is told apart by stands in the holder.
    const held = this[key];
    if (typeof held === 'object' && held !== null && 'digest' in held && typeof held.digest === 'string')
      return held.digest;
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof RegExp) return String(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The first 16 hex digits of a SHA-256 over canonical JSON: enough to tell configurations apart, short enough to read. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}
