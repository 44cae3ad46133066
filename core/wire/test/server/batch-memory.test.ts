import { FakeClock } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchMemory } from '../../src/server/batch-memory.ts';

const memory = suite('the memory of report batches');

memory('knows a batch while it is being taken and for a minute after, and then no more', async () => {
  const clock = new FakeClock();
  const batches = new BatchMemory(clock);
  const taken = Promise.resolve();
  batches.remember('a', taken);
  assert.is(batches.get('a')?.taken, taken);
  await taken;
  assert.equal(batches.get('a')?.taken, undefined);
  await clock.advance(59_000);
  assert.ok(batches.get('a') !== undefined);
  await clock.advance(1_001);
  assert.is(batches.get('a'), undefined);
});

memory('forgets a batch that nobody took, so that it may come again', async () => {
  const batches = new BatchMemory(new FakeClock());
  const failing = Promise.reject(new Error('closed'));
  batches.remember('a', failing);
  await failing.catch(() => {});
  await Promise.resolve();
  assert.is(batches.get('a'), undefined);
});

memory('has room for so many, of which the oldest go first', () => {
  const batches = new BatchMemory(new FakeClock());
  for (let index = 0; index <= 10_000; index += 1) batches.remember(`${index}`, undefined);
  assert.is(batches.get('0'), undefined);
  assert.ok(batches.get('1') !== undefined);
  assert.ok(batches.get('10000') !== undefined);
});

memory.run();
