import { Readable } from 'node:stream';
import { KraterError } from '@krater/documents';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serve } from '../src/isolate/serve.ts';
import { lineReader } from '../src/protocol/line-reader.ts';
import { decodeMessage, encodeMessage, type FromIsolate, longestMessage } from '../src/protocol/message.ts';
import { packError, unpackError } from '../src/protocol/packed-error.ts';

const test = suite('protocol');

const carried = (value: unknown) =>
  (decodeMessage<FromIsolate>(encodeMessage({ n: 1, value })) as { value?: unknown }).value;

/** Objects without what they inherit from, and without what is undefined in them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [[key, plain(part)]])),
  );
}

const anything = fc.anything({
  withBigInt: true,
  withNullPrototype: true,
  key: fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'n')),
});

test('carries whatever is data', () => {
  fc.assert(
    fc.property(anything, value => {
      assert.equal(plain(carried(value)), plain(value));
    }),
    { numRuns: 2_000 },
  );
});

test('makes maps that inherit nothing', () => {
  const inner = carried({ ...JSON.parse('{ "__proto__": "own" }'), other: 1 }) as object;
  assert.not.ok('toString' in inner);
  assert.is(
    Object.getOwnPropertyDescriptor(carried(JSON.parse('{ "__proto__": "own" }')), '__proto__')?.value,
    'own',
  );
});

test('carries a coded error with its code, and any other with its text', () => {
  const coded = new KraterError('HANDLER_FAILED', 'no', { hint: 'type this', path: ['a', 0] });
  const there = unpackError(packError(coded)) as KraterError;
  assert.equal(
    [there.code, there.message, there.hint, there.path],
    [coded.code, 'no', 'type this', ['a', 0]],
  );
  for (const [thrown, text] of [
    [new TypeError('bad'), 'bad'],
    ['text', 'text'],
    [Object.create(null), 'something that is no error and has no text was thrown'],
  ] as const)
    assert.is(unpackError(packError(thrown)).message, text);
});

test('refuses a message that is too long', () => {
  assert.throws(
    () => encodeMessage({ n: 1, value: 'x'.repeat(longestMessage) }),
    (error: KraterError) => error.code === 'ISOLATE_MESSAGE_TOO_LONG',
  );
});

test('reads lines wherever the stream cuts them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.integer({ min: 1, max: 7 }), async (texts, size) => {
      const lines = texts.map(text => JSON.stringify(text));
      const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const read: string[] = [];
      const stream = Readable.from(chunks, { objectMode: false });
      lineReader(
        stream,
        line => read.push(line),
        () => assert.unreachable(),
      );
      await new Promise(resolve => stream.on('close', resolve));
      assert.equal(read, lines);
    }),
    { numRuns: 200 },
  );
});

test('of another version is refused, and so is what comes before a greeting', async () => {
  const told: FromIsolate[] = [];
  const serving = serve({
    send: text => told.push(decodeMessage(text)),
    load: async () => assert.unreachable() as never,
    after() {},
  });
  serving.receive(encodeMessage({ n: 1, do: 'hello', version: 99, adapter: 'x' }));
  serving.receive(encodeMessage({ n: 2, do: 'close', handler: 1 }));
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(
    told.map(message => 'error' in message && message.error.code),
    ['ISOLATE_PROTOCOL', 'ISOLATE_PROTOCOL'],
  );
});

test.run();
