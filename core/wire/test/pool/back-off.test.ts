import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BackOff } from '../../src/pool/back-off.ts';

const test = suite('pauses between attempts');

const pauses = (backOff: BackOff, count: number) => Array.from({ length: count }, () => backOff.next());

test('double up to the longest', () => {
  assert.equal(pauses(new BackOff(50, 1_000, () => 1), 7), [50, 100, 200, 400, 800, 1_000, 1_000]);
});

test('are half chance', () => {
  assert.equal(pauses(new BackOff(50, 1_000, () => 0), 3), [25, 50, 100]);
});

test('begin anew after a success, and never end', () => {
  const backOff = new BackOff(50, 1_000, () => 1);
  assert.is(pauses(backOff, 5_000).at(-1), 1_000);
  backOff.reset();
  assert.is(backOff.next(), 50);
});

test.run();
