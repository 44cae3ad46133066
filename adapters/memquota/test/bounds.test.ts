import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quotaHandler } from './quota-handler.ts';

const test = suite('memquota bounds');
const numRuns = Number(process.env['FUZZ_CASES'] ?? 2_000);

test('a full table forgets idle keys, and no live one', async () => {
  const { env, take, later } = await quotaHandler({ limit: 1, window: '1s' }, { maxKeys: 10 });
  for (let user = 0; user < 9; user++) await take(1, { user: `idle ${user}` });
  await later(2000);
  await take(1, { user: 'zoe' });
  for (let user = 0; user < 9; user++) await take(1, { user: `new ${user}` });
  assert.is(await take(1, { user: 'zoe' }), 0);
  assert.is(env.measured.get('evicted_keys'), 0);
});

test('among live keys the one goes that would be whole again soonest, and that is counted', async () => {
  const quota = {
    limit: 1,
    window: '1s',
    overrides: [{ dimensions: { user: 'long' }, limit: 1, window: '1h' }],
  };
  const { env, take, later } = await quotaHandler(quota, { maxKeys: 3 });
  for (const user of ['long', 'first', 'second']) {
    await take(1, { user });
    await later(10);
  }
  await take(1, { user: 'third' });
  assert.is(env.measured.get('evicted_keys'), 1);
  assert.is(await take(1, { user: 'long' }), 0);
  assert.is(await take(1, { user: 'second' }), 0);
  assert.is(await take(1, { user: 'first' }), 1);
});

test('a key that was given back makes room first', async () => {
  const { env, ask, take } = await quotaHandler({ limit: 1 }, { maxKeys: 2 });
  await take(1, { user: 'zoe' });
  await ask({ dedupId: 'a' }, { user: 'ann' });
  await ask({ amount: -1, dedupId: 'a' }, { user: 'ann' });
  await take(1, { user: 'eve' });
  assert.is(await take(1, { user: 'zoe' }), 0);
  assert.is(env.measured.get('evicted_keys'), 0);
});

test('no live key is forgotten while another is idle', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ wait: fc.nat(600), user: fc.nat(8), back: fc.boolean() }), { maxLength: 60 }),
      async steps => {
        const { env, ask, later } = await quotaHandler({ limit: 1, window: '1s' }, { maxKeys: 4 });
        const busyUntil = new Map<number, number>();
        for (const [index, { wait, user, back }] of steps.entries()) {
          await later(wait);
          const now = env.clock.now();
          const live = [...busyUntil.values()].filter(until => until > now).length;
          const free = !((busyUntil.get(user) ?? 0) > now);
          const evictedBefore = env.measured.get('evicted_keys') ?? 0;
          const { granted } = await ask({ dedupId: `${index}` }, { user: `${user}` });
          const evicted = (env.measured.get('evicted_keys') ?? 0) - evictedBefore;
          if (evicted > 0) {
            assert.is(live, 4, 'evicted a live key although there was room');
            return;
          }
          assert.is(granted, free ? 1 : 0);
          if (granted > 0) busyUntil.set(user, now + 1000);
          if (granted > 0 && back) {
            await ask({ amount: -1, dedupId: `${index}` }, { user: `${user}` });
            busyUntil.delete(user);
          }
        }
      },
    ),
    { numRuns: Math.ceil(numRuns / 10) },
  ));

test('remembers a bounded number of ids, the newest', async () => {
  const { ask } = await quotaHandler({ limit: 1_000_000, window: '1h' }, { maxGrants: 100 });
  for (let id = 0; id < 1000; id++) await ask({ dedupId: `${id}` });
  assert.is((await ask({ amount: -1, dedupId: '999' })).granted, -1);
  assert.is((await ask({ amount: -1, dedupId: '950' })).granted, -1);
  assert.is((await ask({ amount: -1, dedupId: '0' })).granted, 0);
});

test('an id that many combinations of dimensions share is remembered for each of them', async () => {
  const { ask } = await quotaHandler({ limit: 1, window: '1h' });
  for (const round of ['charged', 'remembered']) {
    for (let user = 0; user < 100; user++)
      assert.is((await ask({ dedupId: 'same' }, { user: `${user}` })).granted, 1, round);
  }
});

test.run();
