import type { Bag, Value } from '@krater/mixer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeCheckReply, encodeCheckReply } from '../../src/codec/check-reply.ts';
import { decodeCheckRequest, encodeCheckRequest } from '../../src/codec/check-request.ts';
import { ReportBatch } from '../../src/codec/report-batch.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';
import {
  decodeWatchRequest,
  decodeWatchUpdate,
  encodeWatchRequest,
  encodeWatchUpdate,
} from '../../src/codec/watch.ts';
import { type CheckReply, globalWords, type WatchUpdate } from '../../src/index.ts';
import { bags, cases, checkReply, checkRequest, text } from './random-messages.ts';

const test = suite('what is encoded is decoded as it was');

const runs = { numRuns: cases };

test('checks: every type, every dictionary, quotas and leases', () => {
  fc.assert(
    fc.property(checkRequest, request => {
      const { bag, ...rest } = decodeCheckRequest(encodeCheckRequest(request), request.bag.vocabulary);
      assert.equal(told(bag), told(request.bag));
      const { bag: _, ...asked } = request;
      assert.equal(plain(rest), plain(asked));
    }),
    runs,
  );
});

test('answers: for clients that know all words, and some, and none', () => {
  fc.assert(
    fc.property(checkReply, fc.constantFrom(0, 111, globalWords.length), ({ reply, vocabulary }, known) => {
      const decoded = decodeCheckReply(encodeCheckReply(reply, known, vocabulary));
      assert.equal(comparable(decoded), comparable(reply));
    }),
    runs,
  );
});

test('reports: many records over one dictionary', () => {
  fc.assert(
    fc.property(bags, fc.nat(), (records, lost) => {
      const batch = new ReportBatch();
      for (const bag of records) batch.add(bag);
      assert.is(batch.count, records.length);
      const rest = { client: { id: 'client' }, batchId: 'client.1', losses: { records: lost } };
      const bytes = batch.finish(rest);
      const vocabulary = records[0]?.vocabulary;
      if (vocabulary === undefined) return;
      const { bags: decoded, ...others } = decodeReportRequest(bytes, vocabulary);
      assert.equal(decoded.map(told), records.map(told));
      assert.equal(others, rest);
    }),
    runs,
  );
});

test('what a batch comes to is known while it grows', () => {
  fc.assert(
    fc.property(bags, records => {
      const batch = new ReportBatch();
      let before = 0;
      for (const bag of records) {
        batch.add(bag);
        assert.ok(batch.bytes > before);
        before = batch.bytes;
      }
      const { length } = batch.finish({ client: undefined, batchId: '', losses: { records: 0 } });
      assert.ok(length <= before * 3 + 10 && length >= before / 2, `${before} foretold, ${length} written`);
    }),
    { numRuns: Math.min(cases, 2_000) },
  );
});

test('the watch stream: requests and updates', () => {
  const name = fc.string({ maxLength: 20 });
  const clause = fc.record(
    { namespace: name, attribute: name, value: text.map(one => one.toWellFormed()) },
    { requiredKeys: [] },
  );
  const update = fc.record(
    {
      node: name,
      snapshot: name,
      generation: fc.nat(),
      epochs: fc.array(fc.record({ handler: name, epoch: fc.nat() }), { maxLength: 3 }),
      failureTable: fc.array(clause, { maxLength: 3 }),
      draining: fc.boolean(),
    },
    { requiredKeys: ['node', 'snapshot', 'generation', 'epochs', 'draining'] },
  );
  fc.assert(
    fc.property(update, one => {
      assert.equal(plain(decodeWatchUpdate(encodeWatchUpdate(one as WatchUpdate))), plain(one));
    }),
    runs,
  );
  assert.equal(decodeWatchRequest(encodeWatchRequest({ client: { id: 'one' } })), { id: 'one' });
});

test.run();

/** A bag as it comes out: half surrogate pairs cannot travel, and are replaced as everywhere on the web. */
function told(bag: Bag): unknown {
  return plain(bag.values.map(travelled));
}

function travelled(value: Value | undefined): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object') return value;
  return new Map(Object.entries(value).map(([key, text]) => [key.toWellFormed(), text.toWellFormed()]));
}

/** Whether an object inherits something, and the order of its keys, are nothing that travels. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const entries: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, plain(part)]);
}

/** References to whole maps come after the others. */
function comparable({ references, ...rest }: CheckReply): unknown {
  return plain({ ...rest, references: references.map(one => JSON.stringify(plain(one))).sort() });
}
