import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import type { Config } from './config.ts';
import type { Entry } from './entry.ts';

const gzip = promisify(gzipCallback);

/**
 * Entries of one tag as one message: `[tag, entries, option]`
 * (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1). With a chunk id the server confirms it.
 */
export async function forwardMessage(
  mode: Config['mode'],
  entries: readonly Entry[],
  chunk: string | undefined,
): Promise<Buffer> {
  const packed = Buffer.concat(entries.map(({ bytes }) => bytes));
  const option = {
    size: entries.length,
    ...(chunk !== undefined && { chunk }),
    ...(mode === 'compressed' && { compressed: 'gzip' }),
  };
  const tag = entries[0]?.tag ?? '';
  return Buffer.concat([
    arrayOfThree,
    encode(tag),
    ...(mode === 'forward'
      ? [arrayHeader(entries.length), packed]
      : [encode(mode === 'compressed' ? await gzip(packed) : packed)]),
    encode(option),
  ]);
}

const arrayOfThree = Buffer.from([0x93]);

/** The entries are encoded already; behind a header of their own they are an array. */
function arrayHeader(length: number): Buffer {
  const header = Buffer.from([0xdd, 0, 0, 0, 0]);
  header.writeUInt32BE(length, 1);
  return header;
}
