import type { StringMap, Value, ValueType } from '../value.ts';
import { masked } from './masking.ts';

/** What every structured log and trace format can hold; null is a value that could not be evaluated. */
export type PlainValue = string | number | bigint | boolean | StringMap | null;

/** The longest text that is passed on, in UTF-16 units. */
const longestText = 32_768;

/**
 * Turns a value of a type into what a backend of structured records shows: durations as seconds, timestamps as RFC 3339
 * with milliseconds, texts well-formed and cut off after 32,768 characters, everything else as it is. A report's field
 * that could not be evaluated arrives as the text `unknown` or as NaN, so every type takes every value. In maps,
 * values of keys that `isMasked` are written as `***`.
 *
 * @example plainValue(1_500, 'DURATION') // 0.0015
 */
export function plainValue(
  value: Value,
  type: ValueType | undefined,
  isMasked: (name: string) => boolean = () => false,
): PlainValue {
  switch (typeof value) {
    case 'string':
      return plainText(value);
    case 'number':
      if (!Number.isFinite(value)) return null;
      if (type === 'DURATION') return value / 1e6;
      return type === 'TIMESTAMP' ? (momentText(value) ?? value) : value;
    case 'object': {
      const map: Record<string, string> = Object.create(null);
      for (const [key, text] of Object.entries(value))
        map[plainText(key)] = isMasked(key) ? masked : plainText(text);
      return map;
    }
    default:
      return value;
  }
}

function plainText(text: string): string {
  return (text.length > longestText ? text.slice(0, longestText) : text).toWellFormed();
}

function momentText(microseconds: number): string | undefined {
  return Math.abs(microseconds) < 8.64e18 ? new Date(microseconds / 1e3).toISOString() : undefined;
}
