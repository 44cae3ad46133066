import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Bag,
  decodeValue,
  KraterError,
  stringMap,
  type ValueType,
  Vocabulary,
  valueTypes,
} from '../../src/index.ts';

const test = suite('putting a value into a bag by name');

const cases = Number(process.env['FUZZ_CASES'] ?? 2000);
const declare = (type: ValueType) =>
  ({ name: `a.${type}`, type, description: '', available: 'check' }) as const;
const vocabulary = new Vocabulary([
  ...valueTypes.map(declare),
  { ...declare('STRING'), name: 'key', sensitive: true },
]);

function put(name: string, value: unknown): KraterError | Bag {
  try {
    return new Bag(vocabulary).put(name, value as string);
  } catch (error) {
    assert.instance(error, KraterError);
    return error as KraterError;
  }
}

const refused: readonly (readonly [ValueType, unknown, found: string])[] = [
  ['STRING', 5, 'found 5'],
  ['STRING', null, 'found null'],
  ['STRING', Symbol('x'), 'found symbol'],
  ['INT64', '200', 'found "200"'],
  ['INT64', 1.5, 'found 1.5'],
  ['INT64', Number.NaN, 'found NaN'],
  ['INT64', 5n, 'found 5n'],
  ['INT64', 2n ** 63n, 'found 9223372036854775808n'],
  ['DOUBLE', '1', 'found "1"'],
  ['BOOL', 'true', 'found "true"'],
  ['TIMESTAMP', new Date(), 'found Date'],
  ['DURATION', '20ms', 'found "20ms"'],
  ['IP_ADDRESS', 'localhost', 'found "localhost"'],
  ['IP_ADDRESS', '::ffff:10.0.0.1', 'found "::ffff:10.0.0.1"'],
  ['STRING_MAP', 'a: b', 'found "a: b"'],
  ['STRING_MAP', ['a'], 'found Array'],
  ['STRING_MAP', new Map([['a', 'b']]), 'found Map'],
  ['STRING_MAP', { a: 'b', 'x-age': 3 }, 'found number under "x-age"'],
];

for (const [type, value, found] of refused) {
  test(`refuses for ${type} what is no ${type}: ${found}`, () => {
    const error = put(`a.${type}`, value) as KraterError;
    assert.is(error.code, 'ATTRIBUTE_BAD_VALUE');
    assert.ok(error.message.startsWith(`attribute "a.${type}" is ${type}, held as `), error.message);
    assert.ok(error.message.endsWith(found), error.message);
    assert.match(error.hint ?? '', 'decodeBag()');
  });
}

test('shows no value of a sensitive attribute', () => {
  assert.not.match((put('key', 12345) as KraterError).message, '12345');
});

test('names the nearest attribute where the name is unknown', () => {
  const error = put('a.STRINGG', 'x') as KraterError;
  assert.equal([error.code, error.hint], ['ATTRIBUTE_UNKNOWN', 'did you mean "a.STRING"?']);
});

test('takes what decoding yields, and removes with undefined', () => {
  const scalars = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.double(),
    fc.ipV4(),
    fc.ipV6(),
    fc.date(),
  );
  const raw = fc.oneof(scalars, fc.dictionary(fc.string(), fc.string()));
  fc.assert(
    fc.property(raw, fc.constantFrom(...valueTypes), (value, type) => {
      const decoded = decodeValue(type, value);
      if (!decoded.ok) return;
      const bag = put(`a.${type}`, decoded.value) as Bag;
      assert.equal(bag.get(`a.${type}`), decoded.value);
      assert.is(bag.put(`a.${type}`, undefined).get(`a.${type}`), undefined);
    }),
    { numRuns: cases },
  );
});

test('keeps a map without prototype as it is, and copies one that inherits', () => {
  const own = stringMap({ user: 'zoe' });
  assert.is((put('a.STRING_MAP', own) as Bag).get('a.STRING_MAP'), own);
  const held = (put('a.STRING_MAP', { user: 'zoe' }) as Bag).get('a.STRING_MAP') as Record<string, unknown>;
  assert.equal({ ...held }, { user: 'zoe' });
  assert.is(held['constructor'], undefined);
});

test('is checked by name only: a slot takes what it is given', () => {
  const bag = new Bag(vocabulary);
  bag.set(0, 5);
  assert.is(bag.values[0], 5);
});

test.run();
