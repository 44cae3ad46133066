// needs: redis-server
import type { QuotaRequest, QuotaResult } from '@krater/mixer';
import { buildRule, Counts, Limiter, type QuotaConfig } from '@krater/mixer/limiter';
import { fakeEnv } from '@krater/mixer/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SharedCounts } from '../src/shared-counts.ts';
import { RedisServer } from './redis-server.ts';

/** The scripts against the limiter in memory, which has models of its own: the same requests at the same times. */
const test = suite('redisquota scripts');
const numRuns = Math.ceil(Number(process.env['FUZZ_CASES'] ?? 2_000) / 20);

const server = await RedisServer.start();
const client = new Redis({ port: server.port });

test.after(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

const times = { prefix: 'krater:', dedupTime: 14_000, returnTime: 3_600_000, idleTime: 3_600_000 };
/** What tells the time instead of Redis: the last argument. */
const told = 'local now = tonumber(ARGV[#ARGV])';
/** Far from 0, where fractions of milliseconds are coarse. */
const epoch = Date.UTC(2030, 0, 1);
const shared = new SharedCounts(client, times, told);
let trials = 0;

const steps = fc.array(
  fc.record({
    wait: fc.oneof(
      fc.constant(0),
      fc.nat(8_000),
      fc.nat(60_000_000).map(microseconds => microseconds / 1000),
    ),
    amount: fc.integer({ min: -7, max: 7 }),
    bestEffort: fc.boolean(),
    dedupId: fc.constantFrom('', 'a', 'b', 'c'),
  }),
  { maxLength: 40 },
);

const step = (wait: number, amount: number, dedupId: string) => ({
  wait,
  amount,
  bestEffort: false,
  dedupId,
});
/** What chance finds too seldom: returns of grants that lie behind the window, in a cell and a slot that live on. */
const seldom: [{ wait: number; amount: number; bestEffort: boolean; dedupId: string }[]][] = [
  [[step(0, 5, 'a'), step(100_000, 5, 'b'), step(1, -5, 'a'), step(0, 0, '')]],
  [[step(0, 1, 'a'), step(600, 2, 'b'), step(99_500, -1, 'a'), step(0, 0, '')]],
];

function isClose(ours: number | undefined, theirs: number | undefined, what: string): void {
  if (ours === undefined || theirs === undefined || Math.abs(ours - theirs) > 0.01)
    assert.is(ours, theirs, what);
}

function agree(ours: QuotaResult, theirs: QuotaResult): void {
  assert.equal(ours.status, theirs.status);
  isClose(ours.granted, theirs.granted, 'granted');
  isClose(ours.standing?.remaining, theirs.standing?.remaining, 'remaining');
  isClose(ours.standing?.resetAfter, theirs.standing?.resetAfter, 'resetAfter');
  isClose(ours.retryAfter, theirs.retryAfter, 'retryAfter');
  if (ours.granted > 0) assert.equal(ours.leasable, theirs.leasable);
}

/** Windows are long beside the seconds that a run takes, for keys expire in real time. */
const quotas: Readonly<Record<string, Partial<QuotaConfig>>> = {
  'fixed-window': { algorithm: 'fixed-window', window: 100_000, limit: 9 },
  'sliding-window': { algorithm: 'sliding-window', window: 100_000, limit: 9 },
  'sliding-window in slots': { algorithm: 'sliding-window', window: 100_000, limit: 200 },
  'token-bucket': { algorithm: 'token-bucket', window: 100_000, limit: 9 },
  'token-bucket with a burst': { algorithm: 'token-bucket', window: 100_000, limit: 9, burst: 20 },
  allocation: { limit: 9 },
};

for (const [name, parts] of Object.entries(quotas)) {
  test(`${name}: answers what the limiter in memory answers`, () =>
    fc.assert(
      fc.asyncProperty(steps, async steps => {
        const quota: QuotaConfig = { name: 'requests', limit: 0, leases: 0.2, overrides: [], ...parts };
        const rule = buildRule(quota, 0);
        const limiter = new Limiter(
          { quotas: [quota], dedupTime: times.dedupTime, maxKeys: 10, maxGrants: 1_000 },
          new Counts(0.5),
          fakeEnv().metrics,
        );
        const counted = limiter.quota('requests');
        assert.ok(counted);
        const dimensions = { trial: ++trials };
        let now = epoch;
        let hasAsked = false;
        for (const { wait, ...request } of steps) {
          now += wait;
          const amount = quota.limit > 128 ? request.amount * 11 : request.amount;
          // In memory nothing is known of what nobody asked for, not even its standing.
          if (!hasAsked && amount < 0) continue;
          hasAsked ||= amount > 0;
          const asked: QuotaRequest = { ...request, amount };
          const expected = limiter.decide(counted, dimensions, asked, now);
          agree(await shared.decide(rule, dimensions, asked, now), expected);
        }
      }),
      { numRuns, examples: seldom },
    ));
}

test('time that goes back stands still', async () => {
  const rule = buildRule({ name: 'q', limit: 2, window: 1000, leases: 0, overrides: [] }, 0);
  const take = (now: number) => shared.decide(rule, {}, { amount: 1, bestEffort: false, dedupId: '' }, now);
  assert.is((await take(epoch)).granted, 1);
  assert.is((await take(epoch - 5000)).granted, 1);
  assert.is((await take(epoch - 5000)).granted, 0);
  assert.is((await take(epoch + 999)).granted, 0);
  assert.is((await take(epoch + 1000)).granted, 1);
});

for (const algorithm of ['fixed-window', 'sliding-window', 'token-bucket'] as const) {
  test(`${algorithm}: a changed limit and a changed window apply to what was counted`, async () => {
    const name = `changed ${algorithm}`;
    const ask = async (
      quota: { limit: number; window: number },
      amount: number,
      at: number,
      dedupId = '',
    ) => {
      const rule = buildRule({ name, algorithm, leases: 0, overrides: [], ...quota }, 0);
      return (await shared.decide(rule, {}, { amount, bestEffort: false, dedupId }, epoch + at)).granted;
    };
    const before = { limit: 5, window: 10_000 };
    assert.is(await ask(before, 3, 0, 'a'), 3);
    assert.is(await ask(before, 2, 1), 2);
    assert.is(await ask({ ...before, limit: 4 }, 1, 2), 0);
    assert.is(await ask({ ...before, limit: 7 }, 2, 2), 2);
    assert.is(await ask(before, 4, 10_500), 4);
    const longer = { limit: 6, window: 60_000 };
    assert.is(await ask(longer, -3, 10_501, 'a'), 0, 'it was forgotten');
    assert.is(await ask(longer, 3, 10_501), 0);
  });
}

test('an id that outlives its cell takes nothing back from the next', async () => {
  const rule = buildRule({ name: 'gone', limit: 5, window: 100_000, leases: 0, overrides: [] }, 0);
  const ask = (amount: number, dedupId: string) =>
    shared.decide(rule, {}, { amount, bestEffort: false, dedupId }, epoch);
  await ask(5, 'a');
  const cells = (await client.keys('krater:{gone:*')).filter(key => key.endsWith(':sliding-window'));
  await client.del(...cells);
  const other = await shared.decide(rule, {}, { amount: 5, bestEffort: false, dedupId: 'b' }, epoch + 1);
  assert.is(other.granted, 5);
  assert.is((await ask(-5, 'a')).granted, 0);
});

test('no key lasts for ever, and all of a decision lie in one slot', async () => {
  await client.flushall();
  for (const algorithm of ['fixed-window', 'sliding-window', 'token-bucket', undefined] as const) {
    const window = algorithm === undefined ? {} : { algorithm, window: 60_000 };
    const rule = buildRule({ name: `a {b} ${algorithm}`, limit: 5, leases: 0, overrides: [], ...window }, 0);
    for (const dedupId of ['', 'a}b', 'x'.repeat(1000)])
      await shared.decide(rule, { user: '{}' }, { amount: 1, bestEffort: false, dedupId }, epoch);
    await shared.decide(rule, { user: '{}' }, { amount: 7, bestEffort: false, dedupId: 'refused' }, epoch);
    const keys = await client.keys(`krater:{${encodeURIComponent(rule.name)}:*`);
    assert.is(keys.length, 4);
    assert.ok(keys.every(key => key.length < 220));
    for (const key of keys) assert.ok((await client.pttl(key)) > 0, key);
    assert.is(new Set(keys.map(key => /\{(.*?)\}/.exec(key)?.[1])).size, 1);
  }
});

test('what was given back wholly leaves no cell', async () => {
  await client.flushall();
  for (const algorithm of ['fixed-window', 'sliding-window', 'token-bucket', undefined] as const) {
    const window = algorithm === undefined ? {} : { algorithm, window: 60_000 };
    const rule = buildRule({ name: 'all', limit: 5, leases: 0, overrides: [], ...window }, 0);
    for (const amount of [3, -3])
      await shared.decide(rule, {}, { amount, bestEffort: false, dedupId: 'a' }, epoch);
    assert.is((await client.keys('*')).length, 1, 'the grant alone');
    await client.flushall();
  }
});

test('a script that Redis has forgotten is sent again', async () => {
  const rule = buildRule({ name: 'again', limit: 5, window: 60_000, leases: 0, overrides: [] }, 0);
  const take = () => shared.decide(rule, {}, { amount: 1, bestEffort: false, dedupId: '' }, epoch);
  await take();
  await client.script('FLUSH');
  const answers = await Promise.all([take(), take(), take()]);
  assert.equal(
    answers.map(({ granted }) => granted),
    [1, 1, 1],
  );
  assert.is((await take()).standing?.remaining, 0);
});

test.run();
