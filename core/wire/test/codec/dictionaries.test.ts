import { Bag, type KraterError, standardVocabulary, unreadable, Vocabulary } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeCheckReply, encodeCheckReply } from '../../src/codec/check-reply.ts';
import { decodeCheckRequest, encodeCheckRequest } from '../../src/codec/check-request.ts';
import { ReportBatch } from '../../src/codec/report-batch.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';
import { type CheckReply, globalWords } from '../../src/index.ts';
import { field } from './hostile-messages.ts';
import { read, written } from './protos.ts';

const test = suite('dictionaries');

const vocabulary = standardVocabulary;
const empty = { quotas: {}, dedupId: '', globalWords: 222, client: undefined, leases: [], refill: false };
const place = (word: string) => globalWords.indexOf(word);
const check = (attributes: object, globalWordCount = 222) =>
  decodeCheckRequest(written('istio.mixer.v1.CheckRequest', { attributes, globalWordCount }), vocabulary);
const report = (message: object) =>
  decodeReportRequest(written('istio.mixer.v1.ReportRequest', message), vocabulary).bags;

test('have 222 global words, four of them with quotes', () => {
  assert.is(globalWords.length, 222);
  assert.is(new Set(globalWords).size, 222);
  assert.equal(
    [94, 111, 112, 218].map(index => globalWords[index]),
    ["'200'", "'0'", "'1'", '"-"'],
  );
  assert.equal(
    [0, 90, 136, 150, 221].map(index => globalWords[index]),
    [...['source.ip', 'GET', '200', 'destination.ip', 'context.proxy_version']],
  );
});

test('of the client are kept to: it is sent no global word that it does not know', () => {
  const bag = new Bag(vocabulary).put('request.method', 'GET').put('context.reporter.kind', 'inbound');
  for (const known of [0, place('request.method'), place('GET'), place('GET') + 1, 111, 222]) {
    const bytes = encodeCheckRequest({ ...empty, bag, globalWords: known });
    const { strings, words = [] } = read('istio.mixer.v1.CheckRequest', bytes).attributes;
    const used = [...Object.keys(strings), ...Object.values<number>(strings)].map(Number);
    assert.ok(used.every(index => index < known));
    assert.is(words.includes('GET'), known <= place('GET'));
    assert.is(words.includes('inbound'), known < 222);
    assert.equal(decodeCheckRequest(bytes, vocabulary).bag.values, bag.values);
  }
});

test('of the client are kept to in answers', () => {
  const reply: CheckReply = {
    status: { code: 'OK', message: '' },
    validity: { duration: 1_000, uses: 5 },
    references: [
      { name: 'context.reporter.kind', present: true },
      { name: 'request.headers', key: 'user-agent', present: false },
    ],
    ...{
      requestHeaders: [],
      responseHeaders: [],
      quotas: { q: { granted: 1, status: { code: 'OK', message: '' } } },
    },
    krater: undefined,
  };
  for (const known of [0, 111, 222]) {
    const bytes = encodeCheckReply(reply, known, vocabulary);
    const { precondition, quotas } = read('istio.mixer.v1.CheckResponse', bytes);
    for (const { attributeMatches, words = [] } of [precondition, quotas.q].map(
      one => one.referencedAttributes,
    )) {
      for (const { name, mapKey } of attributeMatches)
        assert.ok(name < known && (mapKey ?? 0) < Math.max(known, 1));
      assert.is(words.length, known === 222 ? 0 : known === 111 ? 1 : 3);
    }
    assert.equal(decodeCheckReply(bytes).references, reply.references);
  }
});

test('larger than ours are refused in the words at which old clients fall back', () => {
  for (const decode of [
    () => check({}, 223),
    () => report({ attributes: [{}], globalWordCount: 4_000_000_000 }),
  ]) {
    try {
      decode();
      assert.unreachable();
    } catch (error) {
      const { code, message } = error as KraterError;
      assert.is(code, 'WIRE_UNKNOWN_DICTIONARY');
      assert.ok(
        message.startsWith('Request could not be processed due to invalid global_word_count '),
        message,
      );
    }
  }
});

test('of a message may stand after what refers to them, and in parts', () => {
  const attributes = Buffer.concat([
    written('istio.mixer.v1.CompressedAttributes', { strings: { [place('request.path')]: -2 } }),
    written('istio.mixer.v1.CompressedAttributes', { words: ['a'] }),
    written('istio.mixer.v1.CompressedAttributes', { strings: { [place('request.host')]: -1 } }),
    written('istio.mixer.v1.CompressedAttributes', { words: ['b'] }),
  ]);
  const { bag } = decodeCheckRequest(field(1, attributes), vocabulary);
  assert.is(bag.get('request.path'), 'b');
  assert.is(bag.get('request.host'), 'a');
});

test('of a report serve the records that bring no words of their own', () => {
  const path = place('request.path');
  const bags = report({
    attributes: [
      { strings: { [path]: -1 } },
      { strings: { [path]: -1 }, words: ['own'] },
      { strings: { [path]: -2 } },
    ],
    defaultWords: ['first', 'second'],
    repeatedAttributesSemantics: 'INDEPENDENT_ENCODING',
  });
  assert.equal(
    bags.map(bag => bag.get('request.path')),
    ['first', 'own', 'second'],
  );
});

test('of a batch hold each word once', () => {
  const batch = new ReportBatch();
  for (let record = 0; record < 100; record++)
    batch.add(new Bag(vocabulary).put('request.path', '/a/path/of/its/own'));
  const bytes = batch.finish({ client: undefined, batchId: '', losses: { records: 0 } });
  assert.equal(read('istio.mixer.v1.ReportRequest', bytes).defaultWords, ['/a/path/of/its/own']);
  assert.not(batch.isFull);
});

test('of a batch never grow beyond what a Mixer takes', () => {
  const batch = new ReportBatch();
  for (let record = 0; !batch.isFull; record++)
    batch.add(new Bag(vocabulary).put('request.headers', { [`name-${record}`]: `value-${record}` }));
  const bytes = batch.finish({ client: undefined, batchId: '', losses: { records: 0 } });
  assert.is(decodeReportRequest(bytes, vocabulary).bags.length, 10_000);
  const wordy = new ReportBatch();
  for (let record = 0; !wordy.isFull; record++) {
    const headers = Array.from({ length: 5_000 }, (_, index) => [`${record}-${index}`, '']);
    wordy.add(new Bag(vocabulary).put('request.headers', Object.fromEntries(headers)));
  }
  const words = wordy.finish({ client: undefined, batchId: '', losses: { records: 0 } });
  assert.is(decodeReportRequest(words, vocabulary).bags.length, wordy.count);
  assert.ok(wordy.count < 10);
});

test('differences build on the record before, independent records on nothing', () => {
  const [path, code] = [place('request.path'), place('response.code')];
  const attributes = [
    { strings: { [path]: -1 }, int64s: { [code]: 200 }, words: ['/'] },
    { int64s: { [code]: 503 } },
    { strings: { [path]: -1 }, words: ['/other'] },
  ];
  const told = (semantics: string) =>
    report({ attributes, repeatedAttributesSemantics: semantics }).map(bag => [
      ...[bag.get('request.path'), bag.get('response.code')],
    ]);
  assert.equal(told('DELTA_ENCODING'), [
    ['/', 200],
    ['/', 503],
    ['/other', 503],
  ]);
  assert.equal(told('INDEPENDENT_ENCODING'), [
    ['/', 200],
    [undefined, 503],
    ['/other', undefined],
  ]);
});

test('name attributes that nobody declared, which are left out', () => {
  const { bag } = check({ strings: { '-1': -2, [place('request.path')]: -2 }, words: ['not.declared', '/'] });
  assert.is(bag.get('request.path'), '/');
  assert.is(bag.values.filter(value => value !== undefined).length, 1);
});

test('name attributes of another type than was sent, which are there and unreadable', () => {
  const { bag } = check({
    strings: { [place('response.code')]: place('200'), [place('source.labels')]: 0 },
    int64s: { [place('request.path')]: 1 },
    bytes: { [place('source.ip')]: [1, 2, 3] },
    timestamps: { [place('request.time')]: { seconds: '9223372036854775807' } },
  });
  for (const name of ['response.code', 'source.labels', 'request.path', 'source.ip', 'request.time'])
    assert.is(bag.get(name), unreadable, name);
});

test('are referred to by entries in every form that a writer may give them', () => {
  const attributes = Buffer.concat([
    ...['/', 'GET'].map(word => field(1, Buffer.from(word))),
    // The value first; then a field that nobody knows; a key twice, of which the last counts; numbers longer than needed.
    field(2, Buffer.from([0x10, 0x01, 0x08, 2 * place('request.path')])),
    field(2, Buffer.from([0x08, 2 * place('request.scheme'), 0x10, 0x01, 0x18, 0x07])),
    field(2, Buffer.from([0x08, 0x00, 0x08, 2 * place('request.method'), 0x10, 0x03])),
    field(2, Buffer.from([0x08, 0xa4, 0x80, 0x00, 0x10, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00])),
    field(3, Buffer.from([0x08, 2, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f])),
    field(5, Buffer.from([0x08, 0xe2, 0x02, 0x10, 0x02])),
  ]);
  const { bag } = decodeCheckRequest(field(1, attributes), vocabulary);
  const told = [
    'request.path',
    'request.scheme',
    'request.method',
    'request.host',
    'source.port',
    'connection.mtls',
  ];
  assert.equal(
    told.map(name => bag.get(name)),
    ['/', '/', 'GET', '/', 2 ** 32 - 1, true],
  );
});

test('give the zero of its type to a value that is left out', () => {
  const own = new Vocabulary(
    (['STRING', 'INT64', 'DOUBLE', 'BOOL', 'TIMESTAMP', 'DURATION', 'IP_ADDRESS', 'STRING_MAP'] as const).map(
      type => ({ name: type, type, description: '', available: 'check' }),
    ),
  );
  const entry = (index: number) => Buffer.from([0x08, index * 2 - 1]);
  const parts = own.declarations.map(({ name }, index) => {
    return [field(1, Buffer.from(name)), field(index + 2, entry(index + 1))];
  });
  const attributes = Buffer.concat(parts.flat());
  const { bag } = decodeCheckRequest(field(1, attributes), own);
  assert.equal([...bag.values.slice(0, 7)], ['source.ip', 0, 0, false, 0, 0, unreadable]);
  assert.type(bag.get('STRING_MAP'), 'object');
  assert.equal(Object.keys(bag.get('STRING_MAP') as object), []);
});

test.run();
