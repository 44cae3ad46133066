import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Bag, standardVocabulary, unreadable } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeCheckRequest } from '../../src/codec/check-request.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';
import { decoders, field, HostileMessages, varint } from './hostile-messages.ts';
import { cases } from './random-messages.ts';

const test = suite('hostile messages');

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes. */
const mostGrown = 4 * 1024 * 1024;

test('are decoded or refused by name, and leave nothing behind', async () => {
  const seed = Date.now() >>> 0;
  const messages = new HostileMessages(seed);
  const outcomes = { decoded: 0, refused: 0 };
  const tell = (count: number) => {
    for (let number = 0; number < count; number++) {
      const bytes = messages.next();
      for (const [name, decode] of Object.entries(decoders)) {
        const place = () => `${name}, seed ${seed}, message ${bytes.toString('hex')}`;
        try {
          holdsOnlyValues(decode(bytes), place);
          outcomes.decoded++;
        } catch (error) {
          assert.ok(isRefusal(error), `${place()}: ${(error as Error).stack}`);
          outcomes.refused++;
        }
      }
    }
  };
  tell(1_000);
  const before = await kept();
  tell(cases);
  let grown = (await kept()) - before;
  // Buffers are let go in the background, after the collector has found them.
  for (let tries = 0; grown > mostGrown && tries < 100; tries++) {
    await delay(50);
    grown = (await kept()) - before;
  }
  assert.ok(grown <= mostGrown, `${grown} bytes more, seed ${seed}`);
  assert.ok(outcomes.decoded > cases / 10 && outcomes.refused > cases, JSON.stringify(outcomes));
});

test('never make the decoder reserve what a length claims', () => {
  const claims = [0x7fff_ffffn, 0xffff_ffffn, 0x1_0000_0003n, 2n ** 63n, 2n ** 64n - 1n];
  const before = process.memoryUsage();
  for (const claim of claims) {
    for (const number of [1, 2, 3, 4, 9, 100, 101, 777]) {
      const bytes = Buffer.concat([varint(BigInt(number * 8 + 2)), varint(claim), Buffer.from('abc')]);
      for (const decode of Object.values(decoders)) assert.throws(() => decode(bytes), isRefusal);
    }
  }
  const { rss } = process.memoryUsage();
  assert.ok(rss - before.rss < 64 * 1024 * 1024, `${rss - before.rss} bytes more`);
});

test('have bounds for words, entries, records, quotas, leases and names', () => {
  const many = (count: number, part: Buffer) => Buffer.concat(new Array<Buffer>(count).fill(part));
  const check = (bytes: Buffer) => () => decodeCheckRequest(bytes, standardVocabulary);
  const report = (bytes: Buffer) => () => decodeReportRequest(bytes, standardVocabulary);
  const pair = Buffer.from([0x08, 0x00, 0x10, 0x00]);
  refuses(
    check(field(1, many(100_000, field(1, Buffer.from('word'))))),
    'field "attributes.words[10000]" has more than 10000 words',
  );
  refuses(
    check(field(1, field(1, Buffer.alloc(131_073, 'a')))),
    'field "attributes.words[0]" has more than 131072 bytes',
  );
  refuses(
    check(field(1, many(10_001, field(2, pair)))),
    'field "attributes.strings[10000]" has more than 10000 entries',
  );
  const map = many(10_000, field(1, pair));
  refuses(
    check(field(1, field(9, field(2, map)))),
    'field "attributes.string_maps[0].value.entries[9999]" has more than 10000 entries',
  );
  refuses(check(many(101, field(4, pair))), 'field "quotas[0].key" has the wire type 0 instead of 2');
  refuses(check(many(101, field(4, Buffer.alloc(0)))), 'field "quotas[100]" has more than 100 entries');
  refuses(check(many(101, field(101, Buffer.alloc(0)))), 'field "leases[100]" has more than 100 entries');
  const long = Buffer.alloc(1_025, 'a');
  refuses(check(field(3, long)), 'field "deduplication_id" has more than 1024 bytes');
  refuses(report(field(101, long)), 'field "batch_id" has more than 1024 bytes');
  refuses(
    report(many(10_001, field(1, Buffer.alloc(0)))),
    'field "attributes[10000]" has more than 10000 records',
  );
  refuses(
    report(many(65_537, field(2, Buffer.alloc(0)))),
    'field "default_words[65536]" has more than 65536 words',
  );
  refuses(check(many(200_001, field(777, Buffer.alloc(0)))), 'the message has more than 200000 fields');
});

test('may nest as deeply as they like in fields that nobody reads', () => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 5_000; depth++) bytes = field(777, bytes);
  assert.is(decodeCheckRequest(bytes, standardVocabulary).dedupId, '');
  for (let depth = 0; depth < 5_000; depth++) bytes = field(1, bytes);
  assert.throws(() => decodeCheckRequest(bytes, standardVocabulary), isRefusal);
});

test.run();

/** Bytes that are in use, of the heap and beside it. */
async function kept(): Promise<number> {
  collect();
  await delay(1);
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function refuses(decode: () => unknown, message: string): void {
  assert.throws(decode, (error: Error) => {
    assert.is(error.message, message);
    return isRefusal(error);
  });
}

function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'WIRE_BAD_MESSAGE' || code === 'WIRE_UNKNOWN_DICTIONARY';
}

/** Whatever was decoded is a value of its attribute's type, or known to be none; and nobody's prototype has changed. */
function holdsOnlyValues(decoded: unknown, place: () => string): void {
  const { bag, bags = [] } = (decoded ?? {}) as { bag?: Bag; bags?: readonly Bag[] };
  for (const { values, vocabulary } of bag === undefined ? bags : [bag]) {
    for (const [slot, value] of values.entries()) {
      const name = vocabulary.declarations[slot]?.name as string;
      if (value === undefined || value === unreadable) continue;
      assert.not.throws(() => new Bag(vocabulary).put(name, value), undefined, place());
      assert.not.ok((value as unknown) instanceof Object, place());
    }
  }
  assert.equal(Object.keys(Object.prototype), []);
}
