// needs: redis-server
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RedisServer } from './redis-server.ts';
import { sharedQuota, until } from './shared-quota.ts';

const test = suite('redisquota outage');
const hourly = { limit: 20, window: '1h' };
const quick = { timeout: '50ms', circuit: { failures: 3, pause: '100ms' } };

test('decides by Redis from the first request on', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, timeout: '10s' });
  assert.is(await quota.take(20), 20);
  assert.is(quota.metric('insured_decisions'), 0);
  assert.is(quota.metric('redis_decides'), 1);
  assert.equal(quota.messages(), ['Redis decides']);
});

test('a Redis that hangs costs its timeout a few times and is then left alone until it answers again', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, ...quick });
  await until(
    () => quota.take(0),
    () => quota.metric('redis_decides') === 1,
  );
  server.freeze();
  assert.is(await quota.take(), 1, 'the insurance has two of them');
  assert.is(await quota.take(), 1);
  assert.is(await quota.take(), 0);
  assert.is(quota.metric('redis_failures'), 3);
  assert.is(quota.metric('redis_decides'), 0);
  const { standing } = await quota.ask({ amount: 0 });
  assert.is(standing?.limit, 2);
  assert.is(quota.metric('redis_failures'), 3, 'was not asked');
  server.thaw();
  await until(
    () => quota.ask({ amount: 0 }),
    ({ standing }) => standing?.limit === 20,
  );
  assert.is(quota.metric('redis_decides'), 1);
});

test('what Redis grants too late is given back', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, ...quick });
  server.freeze();
  assert.is((await quota.ask({ amount: 2, dedupId: 'late' })).granted, 2, 'by the insurance');
  server.thaw();
  await until(
    () => quota.ask({ amount: 0 }),
    ({ standing }) => standing?.limit === 20 && standing.remaining === 20,
  );
  assert.is(quota.metric('late_grants'), 1);
  assert.is((await quota.ask({ amount: -2, dedupId: 'late' })).granted, -2, 'to the insurance');
});

test('a caller who goes is let go at once, and what it was granted is given back', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, timeout: '10s' });
  server.freeze();
  const caller = new AbortController();
  const asked = quota.ask({ amount: 5, dedupId: 'gone' }, { signal: caller.signal });
  caller.abort(new Error('the caller has gone'));
  const refusal = await asked.catch((error: Error) => error.message);
  assert.is(refusal, 'the caller has gone');
  server.thaw();
  await until(
    async () => quota.metric('late_grants'),
    count => count === 1,
  );
  await until(
    () => quota.ask({ amount: 0 }),
    ({ standing }) => standing?.remaining === 20,
  );
});

test('what a caller was granted who went and came again is not given back', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, timeout: '10s' });
  server.freeze();
  const caller = new AbortController();
  const request = { amount: 5, dedupId: 'again' };
  const first = quota.ask(request, { signal: caller.signal }).catch(() => undefined);
  caller.abort(new Error('the caller has gone'));
  const second = quota.ask(request);
  server.thaw();
  assert.is(await first, undefined);
  assert.is((await second).granted, 5);
  assert.is((await quota.ask({ amount: 0 })).standing?.remaining, 15);
  assert.is(quota.metric('late_grants'), 0);
});

test('answers within the deadline of the call', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, timeout: '1h' });
  server.freeze();
  const now = quota.env.clock.now();
  assert.is((await quota.ask({}, { now, deadline: now + 50 })).standing?.limit, 2);
  server.thaw();
});

test('asks no more of Redis at once than it may', async () => {
  await using server = await RedisServer.start();
  await using quota = await sharedQuota(hourly, { address: server.address, timeout: '10s', maxPending: 3 });
  server.freeze();
  const asked = Array.from({ length: 10 }, () => quota.take(0));
  assert.is(quota.metric('redis_crowded'), 7);
  server.thaw();
  await Promise.all(asked);
});

test('what is given back while Redis is gone is given back when it returns', async () => {
  await using server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
  await using quota = await sharedQuota({ limit: 5 }, { address: server.address, timeout: '10s' });
  assert.is((await quota.ask({ amount: 5, dedupId: 'a' })).granted, 5);
  await server.kill();
  await until(
    async () => quota.metric('redis_decides'),
    decides => decides === 0,
  );
  assert.is((await quota.ask({ amount: -5, dedupId: 'a' })).granted, 0);
  await server.start();
  await until(
    () => quota.take(5),
    granted => granted === 5,
  );
  assert.is(quota.metric('lost_returns'), 0);
});

test('ends quickly while it cannot connect, and while it is connecting', async () => {
  await using server = await RedisServer.start();
  server.freeze();
  const connecting = await sharedQuota(hourly, { address: server.address, connectTimeout: '50ms' });
  assert.is(await connecting.take(), 1);
  await connecting[Symbol.asyncDispose]();
  server.thaw();
});

test.run();
