import type { InstanceShape, ValueType } from '@krater/mixer';
import { levels } from '@krater/mixer/telemetry';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonLineWriter, type LogInstance } from '../src/line.ts';
import { folder, logEnv, logger, shape } from './logger.ts';

const test = suite('logging JSON');
const numRuns = Number(process.env['FUZZ_CASES'] ?? 2_000);
const options = { durations: 'milliseconds', isMasked: () => false, fields: undefined } as const;

/** Any sixteen-bit units, so lone surrogates too; and plain texts, which take another way. */
const text = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    .map(units => String.fromCharCode(...units)),
);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const values: Partial<Record<ValueType, fc.Arbitrary<unknown>>> = {
  STRING: text,
  INT64: fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 40 }), int64),
  DOUBLE: fc.double(),
  BOOL: fc.boolean(),
  DURATION: fc.oneof(fc.maxSafeInteger(), fc.constant(Number.NaN)),
  STRING_MAP: fc.dictionary(text, text),
};

/** A shape, and entries whose values come from a few, so that many come again. */
const scene = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(text, fc.constantFrom('time', 'level', 'instance', '__proto__', '1')),
      fc.constantFrom(...(Object.keys(values) as ValueType[])),
    ),
    { selector: ([name]) => name, maxLength: 20 },
  )
  .chain(pairs => {
    const types = plain(pairs);
    const pools = Object.keys(types).map(name => {
      const value = values[types[name] as ValueType] ?? fc.constant(null);
      return fc
        .array(value, { minLength: 1, maxLength: 3 })
        .chain(pool => fc.array(fc.constantFrom(...pool), { minLength: 6, maxLength: 6 }));
    });
    return fc.record({
      types: fc.constant(types),
      columns: fc.tuple(...pools),
      timestamp: fc.integer({ min: 0, max: 4e15 }),
      level: fc.constantFrom(...levels),
      backwards: fc.boolean(),
    });
  });

test('is what JSON.stringify makes of the same record', () => {
  fc.assert(
    fc.property(scene, ({ types, columns, timestamp, level, backwards }) => {
      const names = Object.keys(types);
      const write = jsonLineWriter(shape(types) as InstanceShape, options);
      for (let entry = 0; entry < 6; entry++) {
        const pairs = names.map((name, column) => [name, columns[column]?.[entry]] as const);
        const variables = plain(backwards ? pairs.toReversed() : pairs);
        const instance = { name: 'access', timestamp: timestamp + entry, variables } as LogInstance;
        const line = write(instance, level, 0);
        assert.is(line, `${expected(pairs, types, timestamp + entry, level)}\n`);
        JSON.parse(line);
      }
    }),
    { numRuns },
  );
});

function plain<T>(pairs: readonly (readonly [string, T])[]): { [name: string]: T } {
  const map: { [name: string]: T } = Object.create(null);
  for (const [name, value] of pairs) map[name] = value;
  return map;
}

function expected(
  pairs: readonly (readonly [string, unknown])[],
  types: { readonly [name: string]: ValueType },
  timestamp: number,
  level: string,
): string {
  const micros = String(timestamp % 1000).padStart(3, '0');
  const time = new Date(Math.floor(timestamp / 1000)).toISOString().replace('Z', `${micros}Z`);
  const front = Object.entries({ time, level, instance: 'access' }).filter(([key]) => !(key in types));
  const members = [...front, ...pairs].map(([key, value]) => {
    const shown = types[key] === 'DURATION' ? (value as number) / 1e3 : value;
    const json = typeof shown === 'bigint' ? String(shown) : JSON.stringify(shown);
    return `${JSON.stringify(key)}:${json}`;
  });
  return `{${members.join(',')}}`;
}

test('comes out of the file as it went in, whatever its length and alphabet', async () => {
  using dir = folder();
  const env = logEnv([shape({ n: 'INT64', text: 'STRING' })]);
  const one = await logger({ sink: { kind: 'file', path: dir.file() } }, env);
  const texts = [
    'é'.repeat(300),
    '\u4f60'.repeat(5_000),
    'x',
    '😀"\n',
    'y'.repeat(70_000),
    '\u4f60'.repeat(70_000),
  ];
  const textOf = (n: number) => texts[(n * n) % texts.length] as string;
  one.tellMany(60, n => ({ n, text: textOf(n) }));
  await one.close();
  assert.is(one.acknowledged(), 60);
  const read = dir.lines().map(line => JSON.parse(line));
  assert.is(read.length, 60);
  for (const [n, record] of read.entries()) assert.ok(record.n === n && record.text === textOf(n));
});

test.run();
