import { Buffer } from 'node:buffer';
import type { StringMap, Value, ValueType } from '../value.ts';
import { stringMap } from '../value.ts';
import { parseDuration } from '../vocabulary/duration.ts';
import { parseIpAddress, parseIpRange } from '../vocabulary/ip-address.ts';
import { parseTimestamp } from '../vocabulary/timestamp.ts';
import { canonicalDnsName, canonicalEmailAddress, canonicalUri } from './identity.ts';
import { compilePattern } from './pattern.ts';
import { globTest, reverse, toLower } from './text.ts';

/** A function of the language whose arguments have fixed types and are all evaluated, left to right. */
export interface FunctionDeclaration {
  readonly name: string;
  /** `method`: only as `subject.name(…)`, the subject being the first parameter. */
  readonly form: 'call' | 'method' | 'both';
  readonly parameters: readonly ValueType[];
  readonly result: ValueType;
  /** One line for people. */
  readonly summary: string;
  /** Undefined where the function fails on these values. */
  run(...values: never[]): Value | undefined;
  /**
   * For an argument that is worth preparing once when it is a constant: which one, and the function of the others.
   * Undefined where it always fails.
   */
  readonly prepare?: {
    readonly argument: number;
    make(constant: string): ((other: string) => Value) | undefined;
  };
}

const noLabels: StringMap = Object.freeze(stringMap([]));
/** The text as it was given, if it is one of its kind. */
const checked = (canonical: (text: string) => string | undefined) => (text: string) =>
  canonical(text) === undefined ? undefined : text;

/** A pattern or range as a test; `run` makes it anew on each call, constants are prepared. */
function tested(argument: 0 | 1, make: (constant: string) => ((other: string) => boolean) | undefined) {
  const run = (...values: string[]): Value | undefined =>
    make(values[argument] as string)?.(values[1 - argument] as string);
  return { run, prepare: { argument, make } };
}

const declarations: readonly FunctionDeclaration[] = [
  {
    name: 'match',
    form: 'call',
    parameters: ['STRING', 'STRING'],
    result: 'BOOL',
    summary: 'match(text, "x*"), or "*x", or equality',
    ...tested(1, globTest),
  },
  {
    name: 'matches',
    form: 'method',
    parameters: ['STRING', 'STRING'],
    result: 'BOOL',
    summary: '"pattern".matches(text): RE2, unanchored',
    ...tested(0, pattern => compilePattern(pattern)?.finds),
  },
  {
    name: 'startsWith',
    form: 'method',
    parameters: ['STRING', 'STRING'],
    result: 'BOOL',
    summary: 'text.startsWith(start)',
    run: (text: string, start: string) => text.startsWith(start),
  },
  {
    name: 'endsWith',
    form: 'method',
    parameters: ['STRING', 'STRING'],
    result: 'BOOL',
    summary: 'text.endsWith(end)',
    run: (text: string, end: string) => text.endsWith(end),
  },
  {
    name: 'contains',
    form: 'call',
    parameters: ['STRING', 'STRING'],
    result: 'BOOL',
    summary: 'contains(text, part)',
    run: (text: string, part: string) => text.includes(part),
  },
  {
    name: 'inRange',
    form: 'call',
    parameters: ['IP_ADDRESS', 'STRING'],
    result: 'BOOL',
    summary: 'inRange(address, "10.0.0.0/8")',
    ...tested(1, parseIpRange),
  },
  {
    name: 'toLower',
    form: 'call',
    parameters: ['STRING'],
    result: 'STRING',
    summary: 'the text in lower case',
    run: toLower,
  },
  {
    name: 'reverse',
    form: 'both',
    parameters: ['STRING'],
    result: 'STRING',
    summary: 'the text backwards, by code points',
    run: reverse,
  },
  {
    name: 'size',
    form: 'call',
    parameters: ['STRING'],
    result: 'INT64',
    summary: 'the length in bytes of UTF-8',
    run: (text: string) => Buffer.byteLength(text),
  },
  {
    name: 'ip',
    form: 'call',
    parameters: ['STRING'],
    result: 'IP_ADDRESS',
    summary: 'an IPv4 or IPv6 address',
    run: parseIpAddress,
  },
  {
    name: 'timestamp',
    form: 'call',
    parameters: ['STRING'],
    result: 'TIMESTAMP',
    summary: 'a time in RFC 3339',
    run: parseTimestamp,
  },
  {
    name: 'duration',
    form: 'call',
    parameters: ['STRING'],
    result: 'DURATION',
    summary: 'a duration such as "20ms" or "1h2m"',
    run: parseDuration,
  },
  {
    name: 'dnsName',
    form: 'call',
    parameters: ['STRING'],
    result: 'DNS_NAME',
    summary: 'a strict host name',
    run: checked(canonicalDnsName),
  },
  {
    name: 'email',
    form: 'call',
    parameters: ['STRING'],
    result: 'EMAIL_ADDRESS',
    summary: 'an address without display name',
    run: checked(canonicalEmailAddress),
  },
  {
    name: 'uri',
    form: 'call',
    parameters: ['STRING'],
    result: 'URI',
    summary: 'a URI, not empty',
    run: checked(canonicalUri),
  },
  {
    name: 'emptyStringMap',
    form: 'call',
    parameters: [],
    result: 'STRING_MAP',
    summary: 'a map without entries',
    run: () => noLabels,
  },
  {
    name: 'conditionalString',
    form: 'call',
    parameters: ['BOOL', 'STRING', 'STRING'],
    result: 'STRING',
    summary: 'like conditional, but both texts are always evaluated',
    run: (test: boolean, yes: string, no: string) => (test ? yes : no),
  },
];

/** Functions by name. `conditional` and `pick` are not among them: they take any type and evaluate only what they need. */
export const functions: ReadonlyMap<string, FunctionDeclaration> = new Map(
  declarations.map(one => [one.name, one]),
);

/** Operations that can also be called by the names the original gave them: `EQ(a, 2)`. */
export const operationNames = new Map([
  ['EQ', '=='],
  ['NEQ', '!='],
  ['LT', '<'],
  ['LEQ', '<='],
  ['GT', '>'],
  ['GEQ', '>='],
  ['LAND', '&&'],
  ['LOR', '||'],
  ['OR', '|'],
  ['ADD', '+'],
] as const);
