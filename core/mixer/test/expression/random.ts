import fc from 'fast-check';
import { Bag, type StringMap, stringMap, type Value, Vocabulary } from '../../src/index.ts';

/** Random expressions, and bags to evaluate them over. Few names and values, so that they meet often. */

const types = {
  as: 'STRING',
  bs: 'STRING',
  ai: 'INT64',
  bi: 'INT64',
  ad: 'DOUBLE',
  ab: 'BOOL',
  bb: 'BOOL',
  at: 'TIMESTAMP',
  adur: 'DURATION',
  aip: 'IP_ADDRESS',
  adns: 'DNS_NAME',
  ar: 'STRING_MAP',
  br: 'STRING_MAP',
} as const;

export const vocabulary = new Vocabulary(
  Object.entries(types).map(([name, type]) => ({ name, type, description: '', available: 'check' as const })),
);

const text = fc.constantFrom('', 'a', 'b', 'ab', '5s', 'x*', '__proto__');
const map = fc
  .dictionary(fc.constantFrom('a', 'b', '__proto__'), text, { noNullPrototype: false })
  .map(stringMap);
const int = fc.constantFrom<number | bigint>(-1, 0, 1, 2, 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n));
const valuesByType: { readonly [type: string]: fc.Arbitrary<Value> } = {
  STRING: text,
  INT64: int,
  DOUBLE: fc.constantFrom(-1.5, 0, 1, 2.25),
  BOOL: fc.boolean(),
  TIMESTAMP: fc.constantFrom(0, 1_000_000, 1_420_211_075_000_000),
  DURATION: fc.constantFrom(0, 5_000_000, 19_000),
  IP_ADDRESS: fc.constantFrom('10.0.0.1', '192.168.0.1', '2001:db8::1'),
  DNS_NAME: fc.constantFrom('foo.bar', 'FOO.bar.', 'bar.foo', 'foo..bar'),
  STRING_MAP: map,
};

/** Every attribute is there or not; now and then one holds a value of another type. */
export const bag: fc.Arbitrary<Bag> = fc
  .tuple(
    ...vocabulary.declarations.map(({ type }) =>
      fc.oneof(
        { weight: 6, arbitrary: valuesByType[type] as fc.Arbitrary<Value | undefined> },
        { weight: 4, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom<Value>('a', 1, true) },
      ),
    ),
  )
  .map(values => {
    const filled = new Bag(vocabulary);
    for (const [slot, value] of values.entries()) filled.set(slot, value);
    return filled;
  });

const quoted = text.map(value => JSON.stringify(value));
const op = (...operators: string[]) => fc.constantFrom(...operators);
const join = (...parts: (fc.Arbitrary<string> | string)[]) =>
  fc
    .tuple(...parts.map(part => (typeof part === 'string' ? fc.constant(part) : part)))
    .map(words => words.join(''));

/** Expressions by type, with every operator and function, at most a few levels deep. */
export const { BOOL: condition, STRING: textual } = fc.letrec<Record<string, string>>(tie => {
  const b = tie('BOOL');
  const s = tie('STRING');
  const i = tie('INT64');
  const m = tie('STRING_MAP');
  const any = (...arbitraries: fc.Arbitrary<string>[]) =>
    fc.oneof({ maxDepth: 4, depthIdentifier: 'one' }, ...arbitraries);
  return {
    BOOL: any(
      op('ab', 'bb', 'true', 'false'),
      join('(', b, op(' && ', ' || ', ' | '), b, ')'),
      join('(', b, ' && ', b, ' && ', b, ' && ', b, ')'),
      join('!', b),
      join('(', s, op(' == ', ' != ', ' < ', ' >= '), s, ')'),
      join(
        '(',
        op('as', 'bs', 'ar["a"]', 'br["b"]'),
        ' == ',
        quoted,
        ' && ',
        op('bs', 'ar["b"]'),
        ' == ',
        quoted,
        ')',
      ),
      join('(', i, op(' == ', ' != ', ' <= ', ' > '), i, ')'),
      join('(', s, ' in [', s, ', ', quoted, '])'),
      join('contains(', s, ', ', s, ')'),
      join('match(', s, ', ', s, ')'),
      join(s, '.startsWith(', s, ')'),
      join('"a+".matches(', s, ')'),
      join(
        '(',
        op('adns', 'dnsName("foo.bar")', `dnsName(as)`),
        op(' == adns)', ' != adns)', ' in [adns, dnsName("bar.foo")])'),
      ),
      join('inRange(', op('aip', 'ip(as)', 'aip | ip("10.0.0.1")'), ', "10.0.0.0/8")'),
      join('(', op('adur', 'adur | "19ms"'), op(' == ', ' < '), '"5s")'),
      join('(at ', op('==', '<'), ' timestamp("2015-01-02T15:04:35Z"))'),
      join('conditional(', b, ', ', b, ', ', b, ')'),
    ),
    STRING: any(
      op('as', 'bs'),
      quoted,
      join(m, '[', s, ']'),
      join('ar["', op('a', 'b', '__proto__'), '"]'),
      join('(', s, ' | ', s, ' | ', quoted, ')'),
      join('(', op('as', 'ar["a"]', 'ar[bs]', '(ar | br)[as]'), ' | ', s, ')'),
      join('(', s, ' + ', s, ')'),
      join('toLower(', s, ')'),
      join('reverse(', s, ')'),
      join('conditional(', b, ', ', s, ', ', s, ')'),
      join('conditionalString(', b, ', ', s, ', ', s, ')'),
    ),
    INT64: any(
      op('ai', 'bi', '0', '1', '9223372036854775807'),
      join('(ai | ', i, ')'),
      join('(', i, ' + ', i, ')'),
      join('(-', i, ')'),
      join('size(', s, ')'),
    ),
    STRING_MAP: any(
      op('ar', 'br', '(ar | br)', '(ar | br | emptyStringMap())', 'emptyStringMap()'),
      join('conditional(', b, ', ar, br)'),
    ),
  };
}) as unknown as { BOOL: fc.Arbitrary<string>; STRING: fc.Arbitrary<string> };

/** Expressions whose value is a whole map. */
export const mapping = fc.constantFrom('ar', 'ar | br', 'conditional(ab, ar, br)', 'ar | emptyStringMap()');

export function isMap(value: Value | undefined): value is StringMap {
  return typeof value === 'object';
}

/** How many cases a property tries: `FUZZ_CASES` where a longer run is wanted. */
export const cases = Number(process.env['FUZZ_CASES'] ?? 2_000);
