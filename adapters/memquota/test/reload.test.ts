import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quotaHandler } from './quota-handler.ts';

const test = suite('memquota reload');
const sliding = { limit: 5, window: '10s' };

test('keeps counting where the configuration before it left off', async () => {
  const before = await quotaHandler(sliding);
  await before.take(3);
  const after = await quotaHandler(sliding, { env: before.env.reloaded() });
  assert.is(await after.take(3), 0);
  assert.is(await after.take(2), 2);
  assert.is(await before.take(1), 0, 'while both live they count together');
});

test('holds what was granted against a lower limit, and adds room under a higher one', async () => {
  const before = await quotaHandler(sliding);
  await before.take(4);
  const lower = await quotaHandler({ ...sliding, limit: 2 }, { env: before.env.reloaded() });
  const refused = await lower.ask({});
  assert.is(refused.granted, 0);
  assert.equal(refused.standing, { limit: 2, remaining: 0, resetAfter: 10_000 });
  const higher = await quotaHandler({ ...sliding, limit: 6 }, { env: before.env.reloaded() });
  assert.is(await higher.take(3), 0);
  assert.is(await higher.take(2), 2);
});

test('remembers grants at their times under a changed window', async () => {
  const before = await quotaHandler(sliding);
  await before.take(2);
  await before.later(3000);
  await before.take(2);
  const shorter = await quotaHandler({ limit: 5, window: '4s' }, { env: before.env.reloaded() });
  assert.is(await shorter.take(2), 0);
  await shorter.later(1000);
  assert.is(await shorter.take(3), 3, 'the first two are older than the new window');
});

for (const from of ['sliding-window', 'fixed-window', 'token-bucket']) {
  for (const to of ['sliding-window', 'fixed-window', 'token-bucket']) {
    test(`what a ${from} has granted counts in a ${to}`, async () => {
      const before = await quotaHandler({ ...sliding, algorithm: from });
      await before.take(5);
      const after = await quotaHandler({ ...sliding, algorithm: to }, { env: before.env.reloaded() });
      assert.is(await after.take(1), 0);
      await after.later(10_000);
      assert.is(await after.take(5), 5);
    });
  }
}

test('an allocation that gets a window ends with it', async () => {
  const before = await quotaHandler({ limit: 2 });
  await before.take(2);
  const after = await quotaHandler({ limit: 2, window: '1s' }, { env: before.env.reloaded() });
  assert.is(await after.take(1), 0);
  await after.later(1000);
  assert.is(await after.take(1), 1);
});

test('a grant of the configuration before can be given back', async () => {
  const before = await quotaHandler(sliding);
  await before.ask({ amount: 5, dedupId: 'a' });
  const after = await quotaHandler({ ...sliding, limit: 6 }, { env: before.env.reloaded() });
  assert.is((await after.ask({ amount: -5, dedupId: 'a' })).granted, -5);
  assert.is(await after.take(6), 6);
});

test('a reload that was refused leaves the limits as they were', async () => {
  const before = await quotaHandler(sliding);
  await before.take(2);
  const refused = await quotaHandler({ ...sliding, limit: 100 }, { env: before.env.reloaded() });
  await refused.env.close();
  assert.is(await before.take(4), 0);
  assert.is(await before.take(3), 3);
});

test.run();
