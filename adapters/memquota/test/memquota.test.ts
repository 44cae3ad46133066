import { adapterSuite, configMistakes, createHandler, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import memquota from '../src/index.ts';
import { quotaHandler } from './quota-handler.ts';

const test = suite('memquota');
const perSecond = { limit: 5, window: '1s' };

adapterSuite(memquota, {
  test,
  config: { quotas: [{ name: 'sample', limit: 3, window: '1s' }] },
});

test('admits five quick requests a second and refuses the sixth, saying when to come back', async () => {
  const { ask, later } = await quotaHandler(perSecond);
  for (const remaining of [4, 3, 2, 1, 0]) {
    const { granted, standing } = await ask({});
    assert.is(granted, 1);
    assert.is(standing?.limit, 5);
    assert.is(standing?.remaining, remaining);
    await later(10);
  }
  const refused = await ask({});
  assert.is(refused.status.code, 'RESOURCE_EXHAUSTED');
  assert.is(refused.status.message, 'quota "requests" is exhausted');
  assert.is(refused.retryAfter, 950, 'the first grant is forgotten a second after it was made');
  assert.is(refused.standing?.resetAfter, 990);
  await later(949);
  assert.is((await ask({})).granted, 0);
  await later(1);
  assert.is((await ask({})).granted, 1);
});

test('counts each combination of dimensions by itself, whatever their order', async () => {
  const { take } = await quotaHandler({ limit: 1, window: '1s' });
  assert.is(await take(1, { user: 'zoe', path: '/' }), 1);
  assert.is(await take(1, { path: '/', user: 'zoe' }), 0);
  assert.is(await take(1, { user: 'ann', path: '/' }), 1);
  assert.is(await take(1, { user: 'zoe' }), 1);
  assert.is(await take(1), 1);
});

test('lets the first matching override decide', async () => {
  const { take } = await quotaHandler({
    limit: 1,
    window: '1s',
    overrides: [
      { dimensions: { user: 'zoe', path: '/' }, limit: 3 },
      { dimensions: { user: 'zoe' }, limit: 2, window: '5s' },
    ],
  });
  assert.is(await take(3, { user: 'zoe', path: '/' }), 3);
  assert.is(await take(3, { user: 'zoe', path: '/a' }), 0);
  assert.is(await take(2, { user: 'zoe', path: '/a' }), 2);
  assert.is(await take(2, { user: 'ann', path: '/' }), 0);
});

test('grants what there is with best effort, and all or nothing without', async () => {
  const { ask, take } = await quotaHandler(perSecond);
  assert.is(await take(6), 0);
  assert.is((await ask({ amount: 6, bestEffort: true })).granted, 5);
  const refused = await ask({ amount: 6, bestEffort: true });
  assert.is(refused.granted, 0);
  assert.is(refused.status.code, 'RESOURCE_EXHAUSTED');
});

test('names no time for what can never be granted', async () => {
  const { ask } = await quotaHandler(perSecond);
  assert.is((await ask({ amount: 6 })).retryAfter, undefined);
  const closed = await quotaHandler({ limit: 0, window: '1s' });
  assert.is((await closed.ask({})).retryAfter, undefined);
});

test('peeks with amount 0 without taking', async () => {
  const { ask, take } = await quotaHandler(perSecond);
  assert.equal((await ask({ amount: 0 })).standing, { limit: 5, remaining: 5, resetAfter: 0 });
  await take(2);
  for (let times = 0; times < 3; times++) assert.is((await ask({ amount: 0 })).standing?.remaining, 3);
});

test('answers the same id alike and charges it once, for the deduplication time', async () => {
  const { ask, later } = await quotaHandler({ limit: 5, window: '10s' }, { dedupTime: '2s' });
  const first = await ask({ dedupId: 'a' });
  await later(1999);
  assert.equal(await ask({ dedupId: 'a' }), first);
  await later(1);
  assert.is((await ask({ dedupId: 'a' })).standing?.remaining, 3);
});

test('keeps ids of different dimensions apart, and takes an empty id for none', async () => {
  const { ask, take } = await quotaHandler({ limit: 1, window: '10s' });
  assert.is((await ask({ dedupId: 'a' }, { user: 'zoe' })).granted, 1);
  assert.is((await ask({ dedupId: 'a' }, { user: 'ann' })).granted, 1);
  assert.is(await take(1, { user: 'eve' }), 1);
  assert.is(await take(1, { user: 'eve' }), 0);
});

for (const algorithm of ['sliding-window', 'fixed-window', 'token-bucket']) {
  test(`${algorithm}: a grant is given back by its id, once, and not after its window`, async () => {
    const { ask, take, later } = await quotaHandler({ limit: 5, window: '10s', algorithm });
    assert.is((await ask({ amount: 5, dedupId: 'a' })).granted, 5);
    assert.is((await ask({ amount: -5, dedupId: 'unknown' })).granted, 0);
    assert.is((await ask({ amount: -5 })).granted, 0);
    assert.is((await ask({ amount: -3, dedupId: 'a' })).granted, -3);
    assert.is((await ask({ amount: -5, dedupId: 'a' })).granted, -2);
    assert.is((await ask({ amount: -5, dedupId: 'a' })).granted, 0);
    assert.is(
      (await ask({ amount: 5, dedupId: 'a' })).granted,
      5,
      'what was given back can be asked for again',
    );
    await later(10_000);
    assert.is(await take(4), 4);
    assert.is((await ask({ amount: -5, dedupId: 'a' })).granted, 0);
    assert.is(await take(2), 0);
  });
}

test('without a window, grants stay until they are given back', async () => {
  const { ask, take, later } = await quotaHandler({ limit: 2 });
  assert.is(await take(2), 2);
  await later(1e9);
  const refused = await ask({});
  assert.is(refused.granted, 0);
  assert.is(refused.retryAfter, undefined);
  assert.is(refused.standing, undefined);
  assert.is(await take(-1), -1);
  assert.is(await take(1), 1);
  assert.is(await take(-7), -2);
});

test('refuses an instance that it has no quota for when the handler is created', async () => {
  const env = fakeEnv({ instances: [{ name: 'other', template: 'quota', types: {} }] });
  try {
    await createHandler(memquota, { quotas: [{ name: 'requests', ...perSecond }] }, env);
    assert.unreachable();
  } catch (error) {
    assert.is((error as { code: string }).code, 'MEMQUOTA_UNKNOWN_QUOTA');
  }
});

test('says what is wrong with its configuration', () => {
  const quota = { name: 'a', ...perSecond };
  const mistakes = (...quotas: object[]) =>
    configMistakes(memquota, { quotas }).map(mistake => mistake.split(': ')[0]);
  assert.equal(mistakes(), ['quotas']);
  assert.equal(mistakes(quota, quota), ['quotas.1.name']);
  assert.equal(mistakes({ name: 'a', limit: 1, algorithm: 'fixed-window' }), ['quotas.0.algorithm']);
  assert.equal(mistakes({ ...quota, burst: 3 }), ['quotas.0.burst']);
  assert.equal(mistakes({ ...quota, overrides: [{ dimensions: {}, limit: 1 }] }), [
    'quotas.0.overrides.0.dimensions',
  ]);
  assert.equal(mistakes({ ...quota, limit: 1.5 }), ['quotas.0.limit']);
  assert.equal(mistakes({ ...quota, window: 1 }), ['quotas.0.window']);
});

test.run();
