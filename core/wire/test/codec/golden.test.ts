import { Bag, ok, standardVocabulary } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeCheckReply, encodeCheckReply } from '../../src/codec/check-reply.ts';
import { decodeCheckRequest, encodeCheckRequest } from '../../src/codec/check-request.ts';
import { ReportBatch } from '../../src/codec/report-batch.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';

const test = suite('messages, byte by byte from the field numbers');

const vocabulary = standardVocabulary;

/** Bytes as hex, but for what is in quotes. */
function bytes(text: string): Buffer {
  const parts = text.match(/"[^"]*"|\b[0-9a-f]{2}\b/g) ?? [];
  return Buffer.concat(
    parts.map(part => (part[0] === '"' ? Buffer.from(part.slice(1, -1)) : Buffer.from(part, 'hex'))),
  );
}

test('a check: values of every kind, words of its own, a quota', () => {
  const bag = new Bag(vocabulary)
    .put('source.ip', '10.0.0.1')
    .put('source.port', -1)
    .put('request.headers', { user: 'zoe' })
    .put('request.method', 'GET')
    .put('request.time', -1_000_001)
    .put('connection.mtls', true)
    .put('response.duration', 1_500);
  const rest = {
    quotas: { q: { amount: 5, bestEffort: true } },
    dedupId: 'd',
    globalWords: 222,
    client: undefined,
    leases: [],
    refill: false,
  };
  // Numbers of words are doubled, or doubled less one below 0: source.ip is 0, source.port 1, request.headers 15,
  // request.method 19, GET 90, request.time 24, connection.mtls 177 and response.duration 29; "user" is -1, "zoe" -2.
  const message = bytes(`
    0a 5f
      42 08  08 00  12 04 0a 00 00 01
      1a 0d  08 02  10 ff ff ff ff ff ff ff ff ff 01
      4a 0a  08 1e  12 06  0a 04 08 01 10 03
      12 05  08 26  10 b4 01
      32 15  08 30  12 11  08 fe ff ff ff ff ff ff ff ff 01  10 98 8c eb dc 03
      2a 05  08 e2 02  10 01
      3a 08  08 3a  12 04  10 e0 c6 5b
      0a 04 "user"
      0a 03 "zoe"
    10 de 01
    1a 01 "d"
    22 09  0a 01 "q"  12 04  08 05  10 01
  `);
  assert.is(encodeCheckRequest({ bag, ...rest }).toString('hex'), message.toString('hex'));
  const { bag: decoded, quotas, ...others } = decodeCheckRequest(message, vocabulary);
  assert.equal(decoded.toJSON(), bag.toJSON());
  assert.equal({ quotas: { ...quotas }, ...others }, rest);
});

test('an answer to a client that knows 111 words: use without end, absent and present references, a header', () => {
  const reply = {
    status: { code: 'PERMISSION_DENIED', message: 'no' },
    validity: { duration: 1_500, uses: Infinity },
    references: [
      { name: 'source.ip', present: true },
      { name: 'request.headers', key: 'user-agent', present: false },
      { name: 'destination.namespace', present: false },
    ],
    requestHeaders: [{ operation: 'append', name: 'x', value: 'y' }],
    responseHeaders: [],
    quotas: {},
    krater: undefined,
  } as const;
  // request.headers is 15, user-agent 86; destination.namespace would be 155, which this client does not know.
  const message = bytes(`
    12 57
      0a 06  08 07  12 02 "no"
      12 08  08 01  10 80 ca b5 ee 01
      18 ff ff ff ff ff ff ff ff ff 01
      2a 2c
        12 04  08 00  10 02
        12 07  08 1e  10 01  20 ac 01
        12 04  08 01  10 01
        0a 15 "destination.namespace"
      32 0a  0a 08  0a 01 "x"  12 01 "y"  18 02
  `);
  assert.is(encodeCheckReply(reply, 111, vocabulary).toString('hex'), message.toString('hex'));
  const { quotas, ...decoded } = decodeCheckReply(message);
  assert.equal({ quotas: { ...quotas }, ...decoded }, reply);
});

test('an answer whose entry of a map has its key behind its value', () => {
  const message = bytes('12 00  1a 07  12 02 10 05  0a 01 "q"');
  assert.equal(decodeCheckReply(message).quotas['q'], { granted: 5, status: ok });
});

test('an answer that says nothing is refused: left out counts as OK', () => {
  assert.throws(() => decodeCheckReply(Buffer.alloc(0)), /^field "precondition" is missing$/);
});

test('a report: records over shared words, and the differences of other clients', () => {
  const bags = ['/a', '/b'].map(path =>
    new Bag(vocabulary).put('request.path', path).put('response.code', 200),
  );
  const batch = new ReportBatch();
  for (const bag of bags) batch.add(bag);
  const independent = bytes(`
    0a 0d  12 04 08 22 10 01  1a 05 08 3c 10 c8 01
    0a 0d  12 04 08 22 10 03  1a 05 08 3c 10 c8 01
    12 02 "/a"
    12 02 "/b"
    18 de 01
    20 01
  `);
  const nothing = { client: undefined, batchId: '', losses: { records: 0 } };
  const encoded = batch.finish(nothing);
  assert.is(encoded.toString('hex'), independent.toString('hex'));
  const delta = bytes(`
    0a 11  0a 02 "/a"  12 04 08 22 10 01  1a 05 08 3c 10 c8 01
    0a 0a  0a 02 "/b"  12 04 08 22 10 01
  `);
  for (const message of [independent, delta]) {
    const { bags: decoded } = decodeReportRequest(message, vocabulary);
    assert.equal(
      decoded.map(bag => bag.toJSON()),
      bags.map(bag => bag.toJSON()),
    );
  }
});

test.run();
