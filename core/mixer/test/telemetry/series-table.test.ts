import { plainValue, SeriesTable } from '@krater/mixer/telemetry';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('series table');

const table = (labels: readonly string[], budget = 10) =>
  new SeriesTable(labels, budget, labels => ({ labels, active: true, seen: 0 }));

test('finds one series for equal labels, whatever else there is', () => {
  const one = table(['a', 'b']);
  const found = one.find({ a: 1, b: 'x', c: 1 });
  assert.is(one.find({ c: 2, b: 'x', a: 1 }), found);
  assert.is.not(one.find({ a: 'x', b: 1 }), found);
  assert.equal(found.labels, { a: '1', b: 'x' });
});

test('folds what exceeds the budget, and names the label with the most values', () => {
  const one = table(['path', 'code'], 2);
  one.find({ path: '/1', code: 200 });
  one.find({ path: '/2', code: 200 });
  assert.is(one.overflow, undefined);
  const folded = one.find({ path: '/3', code: 200 });
  assert.is(folded, one.overflow);
  assert.equal(folded.labels, { path: '_overflow', code: '_overflow' });
  assert.is(one.widestLabel(), 'path');
  assert.is([...one.all()].length, 3);
});

test('forgets what was not told of for the expiry time, and has room again', () => {
  const one = table(['pod'], 1);
  one.find({ pod: 'a' });
  one.sweep(1_000, 500);
  one.sweep(1_400, 500);
  assert.is([...one.all()].length, 1);
  one.sweep(1_500, 500);
  assert.is([...one.all()].length, 0);
  assert.equal(one.find({ pod: 'b' }).labels, { pod: 'b' });
});

test('writes values as every backend can hold them', () => {
  assert.is(plainValue(1_500, 'DURATION'), 0.0015);
  assert.is(plainValue(1_900_000_000_123_456, 'TIMESTAMP'), '2030-03-17T17:46:40.123Z');
  assert.is(plainValue(1e300, 'TIMESTAMP'), 1e300);
  assert.is(plainValue(Number.NaN, 'INT64'), null);
  assert.is(plainValue(9007199254740993n, 'INT64'), 9007199254740993n);
  assert.is(plainValue('unknown', 'DURATION'), 'unknown');
  assert.is(plainValue('\ud800', 'STRING'), '\ufffd');
  assert.is((plainValue('x'.repeat(100_000), 'STRING') as string).length, 32_768);
  const map = Object.assign(Object.create(null), { ['__proto__']: 'kept', cookie: 'secret' });
  const plain = plainValue(map, 'STRING_MAP', name => name === 'cookie') as Record<string, string>;
  assert.equal(Object.entries(plain), [
    ['__proto__', 'kept'],
    ['cookie', '***'],
  ]);
});

test.run();
