import type { ValueType } from '@krater/mixer';
import { masked } from '@krater/mixer/telemetry';
import type { Config } from './config.ts';
import { durationText, momentText } from './moment.ts';

/** Writes one value as JSON. */
export type ValueWriter = (value: unknown) => string;

/**
 * How values of a type are written. A report field that could not be evaluated arrives as the text `unknown` or as NaN,
 * so every writer takes every value.
 */
export function valueWriter(
  type: ValueType | undefined,
  durations: Config['durations'],
  isMasked: (key: string) => boolean,
): ValueWriter {
  switch (type) {
    case 'TIMESTAMP':
      return value => (typeof value === 'number' ? quoted(momentText(value)) : plainJson(value));
    case 'DURATION':
      return value =>
        typeof value === 'number' && Number.isFinite(value)
          ? durationWriters[durations](value)
          : plainJson(value);
    case 'STRING_MAP':
      return value =>
        typeof value === 'object' && value !== null
          ? mapJson(value as Record<string, unknown>, isMasked)
          : plainJson(value);
    default:
      return plainJson;
  }
}

const durationWriters: Record<Config['durations'], (microseconds: number) => string> = {
  text: microseconds => `"${durationText(microseconds)}"`,
  milliseconds: microseconds => `${microseconds / 1e3}`,
  seconds: microseconds => `${microseconds / 1e6}`,
};

function quoted(text: string | undefined): string {
  return text === undefined ? 'null' : `"${text}"`;
}

/** Integers beyond the safe ones are written with all of their digits. */
function plainJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return textJson(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'bigint':
    case 'boolean':
      return `${value}`;
    default:
      return JSON.stringify(value) ?? 'null';
  }
}

function mapJson(map: Record<string, unknown>, isMasked: (key: string) => boolean): string {
  let json = '';
  for (const key in map)
    json += `${json === '' ? '' : ','}${textJson(key)}:${isMasked(key) ? `"${masked}"` : plainJson(map[key])}`;
  return `{${json}}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
const escapable = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** Short texts without anything to escape, which most are, need no call of JSON.stringify. Lone surrogates are escaped. */
function textJson(text: string): string {
  return text.length > 64 || escapable.test(text) ? JSON.stringify(text) : `"${text}"`;
}
