import { adapterSuite, configMistakes, createHandler, fakeEnv, freePort } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import redisquota from '../src/index.ts';
import { realEnvOf } from './real-world.ts';
import { sharedQuota } from './shared-quota.ts';

/** What holds where there is no Redis at all. */
const test = suite('redisquota without Redis');
const address = `127.0.0.1:${await freePort()}`;
const hourly = { limit: 20, window: '1h' };

adapterSuite(redisquota, {
  test,
  config: { address, quotas: [{ name: 'sample', limit: 30, window: '1s' }] },
});

test('grants its share of the limit, rounded up, and says that it does', async () => {
  await using quota = await sharedQuota({ ...hourly, limit: 15 }, { address });
  const { granted, standing, leasable } = await quota.ask();
  assert.is(granted, 1);
  assert.is(standing?.limit, 2);
  assert.is(leasable, undefined);
  assert.is(await quota.take(), 1);
  assert.is(await quota.take(), 0);
  assert.is(quota.metric('redis_decides'), 0);
  assert.is(quota.metric('insured_decisions'), 3);
  assert.equal(quota.messages(), ['Redis does not answer: the insurance decides']);
});

test('shares overrides and bursts too', async () => {
  const overrides = [{ dimensions: { user: 'zoe' }, limit: 50 }];
  const quota = { limit: 20, window: '1h', algorithm: 'token-bucket', burst: 40, overrides };
  await using env = realEnvOf(fakeEnv());
  const handler = await createHandler(
    redisquota,
    { address, quotas: [{ name: 'q', ...quota }], insurance: { share: 0.5 } },
    env,
  );
  const limitOf = async (user: string) => {
    const now = env.clock.now();
    const request = { amount: 1, bestEffort: false, dedupId: '' };
    const context = { signal: env.signal, now, deadline: now + 1000 };
    return (await handler.quota({ name: 'q', dimensions: { user } }, request, context)).standing?.limit;
  };
  assert.is(await limitOf('ann'), 20);
  assert.is(await limitOf('zoe'), 25);
  await handler.close?.();
});

test('counts on through a reload', async () => {
  const before = await sharedQuota(hourly, { address });
  assert.is(await before.take(2), 2);
  await using after = await sharedQuota(hourly, { address }, { env: before.env.reloaded() });
  await before[Symbol.asyncDispose]();
  assert.is(await after.take(), 0);
});

test('charges an id once, and takes it back', async () => {
  await using quota = await sharedQuota(hourly, { address });
  const first = await quota.ask({ amount: 2, dedupId: 'a' });
  assert.equal(await quota.ask({ amount: 2, dedupId: 'a' }), first);
  assert.is((await quota.ask({ amount: -2, dedupId: 'a' })).granted, -2);
  assert.is(await quota.take(2), 2);
});

test('with "deny" as insurance refuses everything, with "allow" nothing', async () => {
  await using denied = await sharedQuota(hourly, { address, insurance: 'deny' });
  assert.equal(await denied.ask(), {
    status: { code: 'UNAVAILABLE', message: 'quota "requests" cannot be counted now' },
    granted: 0,
  });
  assert.is((await denied.ask({ amount: 0 })).status.code, 'OK');
  await using allowed = await sharedQuota(hourly, { address, insurance: 'allow' });
  assert.is(await allowed.take(1000), 1000);
});

test('refuses an instance that it has no quota for before it connects', async () => {
  const env = fakeEnv({ instances: [{ name: 'other', template: 'quota', types: {} }] });
  try {
    await createHandler(redisquota, { address, quotas: [{ name: 'requests', ...hourly }] }, env);
    assert.unreachable();
  } catch (error) {
    assert.is((error as { code: string }).code, 'REDISQUOTA_UNKNOWN_QUOTA');
  }
});

test('says what is wrong with its configuration', () => {
  const quotas = [{ name: 'a', ...hourly }];
  const mistakes = (params: object) =>
    configMistakes(redisquota, { quotas, ...params }).map(mistake => mistake.split(': ')[0]);
  assert.equal(mistakes({}), []);
  assert.equal(mistakes({ quotas: [] }), ['quotas']);
  assert.equal(mistakes({ quotas: [...quotas, ...quotas] }), ['quotas.1.name']);
  assert.equal(mistakes({ address: 'localhost' }), ['address']);
  assert.equal(mistakes({ address: '[::1]:6379' }), []);
  assert.equal(mistakes({ address, cluster: [address] }), ['cluster']);
  assert.equal(mistakes({ cluster: [address], database: 1 }), ['database']);
  const sentinel = { master: 'm', addresses: [address] };
  assert.equal(mistakes({ sentinel }), []);
  assert.equal(mistakes({ sentinel: { ...sentinel, tls: true } }), ['sentinel.tls']);
  assert.equal(mistakes({ prefix: 'a{b}' }), ['prefix']);
  assert.equal(mistakes({ timeout: '0s' }), ['timeout']);
  assert.equal(mistakes({ insurance: 'maybe' }), ['insurance']);
  assert.equal(mistakes({ password: 'clear' }), ['password']);
});

test.run();
