/**
 * istio.mixer.v1 as its public field numbers say, for a client that shares no code with Krater: slow, plain, and without
 * any check of its own.
 */

/** What an attribute is sent as: text as STRING, bigint as INT64, number as DOUBLE. */
export type OldValue =
  | string
  | bigint
  | number
  | boolean
  | { readonly timestamp: readonly [seconds: number, nanos: number] }
  | { readonly duration: readonly [seconds: number, nanos: number] }
  | { readonly ip: readonly number[] }
  | { readonly map: { readonly [key: string]: string } };

export interface OldAttributes {
  readonly [name: string]: OldValue;
}

export interface OldQuotas {
  readonly [name: string]: { readonly amount: number; readonly bestEffort?: boolean };
}

/** A condition of a cached answer. */
export interface OldMatch {
  readonly name: string;
  /** Of a map. The wire cannot tell the first global word from no key. */
  readonly key: string;
  readonly condition: 'ABSENCE' | 'EXACT' | 'REGEX';
}

export interface OldAnswer {
  readonly code: number;
  readonly message: string;
  /** Milliseconds; Infinity where none is given. */
  readonly duration: number;
  /** Below 0 without end. */
  readonly uses: number;
  readonly matches: readonly OldMatch[];
  /** Operations on headers of the request, as `REPLACE name value`. */
  readonly requestHeaders: readonly string[];
  readonly granted: { readonly [quota: string]: number };
}

export function encodeCheck(
  attributes: OldAttributes,
  words: readonly string[],
  quotas: OldQuotas = {},
  dedupId = '',
): Buffer {
  const asked = Object.entries(quotas).map(([name, { amount, bestEffort = false }]) =>
    bytes(4, bytes(1, name), bytes(2, varint(1, amount), varint(2, bestEffort ? 1 : 0))),
  );
  return Buffer.concat([
    bytes(1, compressed(attributes, words)),
    varint(2, words.length),
    bytes(3, dedupId),
    ...asked,
  ]);
}

export interface OldReporting {
  /** Each record says only in what it differs from the one before. */
  readonly delta?: boolean;
  /** One list of words for all records; otherwise each brings its own. */
  readonly shared?: boolean;
}

export function encodeReport(
  records: readonly OldAttributes[],
  words: readonly string[],
  { delta = false, shared = !delta }: OldReporting = {},
): Buffer {
  const defaultWords: string[] = [];
  return Buffer.concat([
    ...records.map(record => bytes(1, compressed(record, words, shared ? defaultWords : undefined))),
    ...defaultWords.map(word => bytes(2, word)),
    varint(3, words.length),
    varint(4, delta ? 0 : 1),
  ]);
}

export function decodeAnswer(response: Buffer, words: readonly string[]): OldAnswer {
  const precondition = new OldMessage(response).message(2);
  const status = precondition.message(1);
  const duration = precondition.all(2)[0];
  const quotas = new OldMessage(response)
    .messages(3)
    .map(entry => [entry.text(1), Number(entry.message(2).number(2))] as const);
  return {
    code: Number(status.number(1)),
    message: status.text(2),
    duration:
      duration === undefined
        ? Infinity
        : Number(precondition.message(2).number(1)) * 1e3 + Number(precondition.message(2).number(2)) / 1e6,
    uses: Number(BigInt.asIntN(32, precondition.number(3))),
    matches: matchesOf(precondition.message(5), words),
    requestHeaders: precondition
      .message(6)
      .messages(1)
      .map(one => `${['REPLACE', 'REMOVE', 'APPEND'][Number(one.number(3))]} ${one.text(1)} ${one.text(2)}`),
    granted: Object.fromEntries(quotas),
  };
}

function matchesOf(referenced: OldMessage, words: readonly string[]): readonly OldMatch[] {
  const own = referenced.all(1).map(String);
  const word = (zigzag: bigint) => {
    const index = Number((zigzag >> 1n) ^ -(zigzag & 1n));
    const found = index < 0 ? own[-index - 1] : words[index];
    if (found === undefined) throw new Error(`word ${index} is in no dictionary of this client`);
    return found;
  };
  return referenced.messages(2).map(match => ({
    name: word(match.number(1)),
    // Left out it is 0, which is a word to those that know one.
    key: match.all(4).length === 0 ? (words[0] ?? '') : word(match.number(4)),
    condition: (['ABSENCE', 'EXACT', 'REGEX'] as const)[Number(match.number(2)) - 1] ?? 'REGEX',
  }));
}

/** A CompressedAttributes; with its own words, unless they are to go into a list that is shared. */
function compressed(attributes: OldAttributes, words: readonly string[], shared?: string[]): Buffer {
  const own = shared ?? [];
  const index = (word: string): number => {
    const global = words.indexOf(word);
    if (global >= 0) return global;
    const known = own.indexOf(word);
    return known >= 0 ? -known - 1 : -own.push(word);
  };
  const entries = Object.entries(attributes).map(([name, value]) => entryOf(index(name), value, index));
  return Buffer.concat([...(shared === undefined ? own.map(word => bytes(1, word)) : []), ...entries]);
}

function entryOf(name: number, value: OldValue, index: (word: string) => number): Buffer {
  const key = sint32(1, name);
  if (typeof value === 'string') return bytes(2, key, sint32(2, index(value)));
  if (typeof value === 'bigint') return bytes(3, key, varint(2, value));
  if (typeof value === 'number') return bytes(4, key, double(2, value));
  if (typeof value === 'boolean') return bytes(5, key, varint(2, value ? 1 : 0));
  if ('timestamp' in value) return bytes(6, key, time(value.timestamp));
  if ('duration' in value) return bytes(7, key, time(value.duration));
  if ('ip' in value) return bytes(8, key, bytes(2, Buffer.from(value.ip)));
  const pairs = Object.entries(value.map).map(([from, to]) =>
    bytes(1, sint32(1, index(from)), sint32(2, index(to))),
  );
  return bytes(9, key, bytes(2, ...pairs));
}

function time([seconds, nanos]: readonly [number, number]): Buffer {
  return bytes(2, varint(1, seconds), varint(2, nanos));
}

function sint32(field: number, value: number): Buffer {
  return varint(field, value < 0 ? -2 * value - 1 : 2 * value);
}

function varint(field: number, value: number | bigint): Buffer {
  return Buffer.from([...base128(field * 8), ...base128(value)]);
}

function double(field: number, value: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeDoubleLE(value);
  return Buffer.from([...base128(field * 8 + 1), ...number]);
}

function bytes(field: number, ...content: readonly (Buffer | string)[]): Buffer {
  const joined = Buffer.concat(content.map(part => Buffer.from(part)));
  return Buffer.from([...base128(field * 8 + 2), ...base128(joined.length), ...joined]);
}

function base128(value: number | bigint): number[] {
  const digits = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) digits.push(Number(rest & 127n) + 128);
  return [...digits, Number(rest)];
}

/** The fields of a message, by number; those of other numbers are nobody's business. */
class OldMessage {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  constructor(buffer: Buffer) {
    let at = 0;
    const next = () => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const digit = buffer.readUInt8(at++);
        value += BigInt(digit % 128) << shift;
        if (digit < 128) return value;
      }
    };
    while (at < buffer.length) {
      const tag = Number(next());
      const fixed = tag % 8 === 1 ? 8 : tag % 8 === 5 ? 4 : undefined;
      const number = tag % 8 === 0 ? next() : undefined;
      const length = number === undefined ? (fixed ?? Number(next())) : 0;
      const found = this.#fields.get((tag - (tag % 8)) / 8) ?? [];
      this.#fields.set((tag - (tag % 8)) / 8, [...found, number ?? buffer.subarray(at, at + length)]);
      at += length;
    }
  }

  all(field: number): readonly (bigint | Buffer)[] {
    return this.#fields.get(field) ?? [];
  }

  number(field: number): bigint {
    return BigInt(String(this.all(field).at(-1) ?? 0));
  }

  text(field: number): string {
    return String(this.all(field).at(-1) ?? '');
  }

  messages(field: number): readonly OldMessage[] {
    return this.all(field).map(content => new OldMessage(content as Buffer));
  }

  message(field: number): OldMessage {
    return this.messages(field).at(-1) ?? new OldMessage(Buffer.alloc(0));
  }
}
