import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AttributeDeclaration,
  decodeBag,
  decodeText,
  decodeValue,
  encodeValue,
  formatDuration,
  formatJson,
  parseDuration,
  parseJson,
  standardVocabulary,
  type ValueType,
  Vocabulary,
} from '../../src/index.ts';
import { formatTimestamp, parseTimestamp } from '../../src/vocabulary/timestamp.ts';

const test = suite('values from outside');

const decoded = (type: ValueType, raw: unknown) => {
  const result = decodeValue(type, raw);
  return result.ok ? result.value : result.problem.code;
};
const refused = 'ATTRIBUTE_BAD_VALUE';

test('durations are whole microseconds, truncated', () => {
  for (const [text, microseconds] of [
    ['20ms', 20_000],
    ['1h2m', 3_720_000_000],
    ['1.5s', 1_500_000],
    ['-3us', -3],
    ['1999ns', 1],
    ['-1999ns', -1],
    ['0', 0],
    ['+5s', 5_000_000],
    ['.5s', 500_000],
    ['5.s', 5_000_000],
    ['3µs', 3],
    ['3μs', 3],
  ] as const) {
    assert.is(decoded('DURATION', text), microseconds, text);
  }
  for (const text of ['', '5', 's', '5 s', '5S', '1h-2m', '.s', 'x', '99999999999h', 5])
    assert.is(decoded('DURATION', text), refused, String(text));
});

test('a duration is written as the original wrote it', () => {
  for (const text of ['0s', '20ms', '1.5ms', '19µs', '1h2m0s', '2m3.25s', '-5s', '1.5s']) {
    assert.is(formatDuration(parseDuration(text) ?? Number.NaN), text);
  }
});

test('times are RFC 3339, whole microseconds, truncated', () => {
  assert.is(decoded('TIMESTAMP', '1970-01-01T00:00:01Z'), 1_000_000);
  assert.is(decoded('TIMESTAMP', '1970-01-01T01:00:00.0000019+01:00'), 1);
  assert.is(decoded('TIMESTAMP', '1969-12-31T23:59:59.5Z'), -500_000);
  assert.is(decoded('TIMESTAMP', '0001-01-01T00:00:00Z'), -62_135_596_800_000_000);
  assert.is(decoded('TIMESTAMP', new Date(1_000)), 1_000_000);
  for (const text of [
    '242233',
    '2015-02-30T00:00:00Z',
    '2015-01-01T24:00:00Z',
    '2015-01-01T00:00:60Z',
    '2015-01-01 00:00:00Z',
    '2015-01-01T00:00:00',
    '2015-13-01T00:00:00Z',
  ]) {
    assert.is(decoded('TIMESTAMP', text), refused, text);
  }
});

test('times and durations survive being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 15), max: 4 * 10 ** 15 }), microseconds => {
      assert.is(parseTimestamp(formatTimestamp(microseconds)), microseconds);
      assert.is(parseDuration(formatDuration(microseconds)), microseconds);
    }),
    { numRuns: Number(process.env['FUZZ_CASES'] ?? 2_000) },
  );
});

test('integers are exact and within int64', () => {
  assert.is(decoded('INT64', 2n ** 63n - 1n), 2n ** 63n - 1n);
  assert.is(decoded('INT64', 5n), 5);
  assert.ok(Object.is(decoded('INT64', -0), 0));
  for (const raw of [2n ** 63n, 1.5, '5', Number.NaN, null, true])
    assert.is(decoded('INT64', raw), refused, String(raw));
});

test('JSON keeps integers exact, in and out', () => {
  const text = '{"a":9223372036854775807,"b":1.5,"c":[-9007199254740993],"__proto__":1}';
  assert.is(formatJson(parseJson(text)), text);
  assert.throws(
    () => parseJson('{'),
    (error: unknown) => error instanceof SyntaxError,
  );
});

test('text that somebody typed is read by its type', () => {
  const typed = (type: ValueType, text: string) => {
    const result = decodeText(type, text);
    return result.ok ? result.value : result.problem.code;
  };
  assert.is(typed('INT64', '-9223372036854775808'), -(2n ** 63n));
  assert.is(typed('DOUBLE', '1e3'), 1_000);
  assert.is(typed('BOOL', 'false'), false);
  assert.is(typed('STRING', 'false'), 'false');
  assert.is((typed('STRING_MAP', '{"a": "b"}') as Record<string, string>)['a'], 'b');
  for (const [type, text] of [
    ['INT64', '1.0'],
    ['INT64', ''],
    ['DOUBLE', ''],
    ['DOUBLE', 'x'],
    ['BOOL', 'yes'],
    ['STRING_MAP', 'a=b'],
    ['STRING_MAP', '{"a": 1}'],
  ] as const) {
    assert.is(typed(type, text), refused, `${type} ${text}`);
  }
});

test('maps hold any key as plain data', () => {
  const map = decoded('STRING_MAP', JSON.parse('{"__proto__": "x", "constructor": "y"}'));
  assert.equal(Object.entries(map), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.is((map as Record<string, string>)['toString'], undefined);
});

test('a bag tells every attribute that it could not take', () => {
  const vocabulary = new Vocabulary([{ name: 'a', type: 'INT64', description: '', available: 'check' }]);
  const { bag, problems } = decodeBag(vocabulary, { a: 'x', b: 1 });
  assert.equal(
    problems.map(({ code }) => code),
    ['ATTRIBUTE_BAD_VALUE', 'ATTRIBUTE_UNKNOWN'],
  );
  assert.is.not(bag.get('a'), undefined);
  assert.is(bag.get('b'), undefined);
});

test('what is encoded is decoded to the same', () => {
  for (const [type, value] of [
    ['TIMESTAMP', 1_420_211_075_250_000],
    ['DURATION', 19_000],
    ['STRING', 'x'],
    ['IP_ADDRESS', '2001:db8::1'],
    ['INT64', 2n ** 60n],
  ] as const) {
    assert.equal(decoded(type, encodeValue(type, value)), value);
  }
});

test('the standard attributes are named, typed and described once each', () => {
  const attribute = (name: string) => standardVocabulary.get(name) as AttributeDeclaration;
  for (const { name, description } of standardVocabulary.declarations) {
    assert.match(name, /^[a-z]+(\.[a-zA-Z_]+)+$/);
    assert.ok(description.length > 5, name);
  }
  assert.is(attribute('response.duration').type, 'DURATION');
  assert.is(attribute('response.code').available, 'report');
  assert.is(attribute('destination.service.name').lowCardinality, true);
  assert.is(attribute('request.path').lowCardinality, undefined);
  assert.ok((attribute('request.headers').sensitive as readonly string[]).includes('authorization'));
});

test.run();
