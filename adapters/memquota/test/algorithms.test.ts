import type { QuotaRequest } from '@krater/mixer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quotaHandler } from './quota-handler.ts';

/** Each algorithm against a model that is as simple as it is slow. */
const test = suite('memquota algorithms');
const numRuns = Math.ceil(Number(process.env['FUZZ_CASES'] ?? 2_000) / 10);

const steps = fc.array(
  fc.record({
    wait: fc.oneof(fc.constant(0), fc.nat(400), fc.nat(3000)),
    amount: fc.integer({ min: 1, max: 7 }),
    bestEffort: fc.boolean(),
  }),
  { maxLength: 40 },
);
const limits = fc.record({
  limit: fc.integer({ min: 0, max: 12 }),
  window: fc.constantFrom(100, 1000, 2500),
});

/** What a model says it could still grant; it is told what was granted. */
interface Model {
  free(now: number): number;
  granted(now: number, amount: number): void;
}

function agrees(algorithm: string, model: (limit: number, window: number) => Model) {
  return fc.asyncProperty(limits, steps, async ({ limit, window }, steps) => {
    const { env, ask, later } = await quotaHandler({ limit, window: `${window}ms`, algorithm });
    const reference = model(limit, window);
    for (const { wait, amount, bestEffort } of steps) {
      await later(wait);
      const now = env.clock.now();
      const free = reference.free(now);
      const expected = amount <= free ? amount : bestEffort ? free : 0;
      const answer = await ask({ amount, bestEffort });
      assert.is(answer.granted, expected);
      if (expected > 0) reference.granted(now, expected);
      assert.is(answer.standing?.remaining, reference.free(now));
      if (answer.retryAfter !== undefined)
        await retryIsTrue(reference, now, answer.retryAfter, bestEffort ? 1 : amount);
    }
  });
}

/** Not a millisecond too early, not a whole one too late. */
async function retryIsTrue(reference: Model, now: number, retryAfter: number, amount: number) {
  assert.ok(reference.free(now + retryAfter) >= amount, 'came back too early');
  assert.ok(retryAfter < 1 || reference.free(now + retryAfter - 1.001) < amount, 'came back too late');
}

test('a sliding window never grants more than its limit in any window, and never less than it could', () =>
  fc.assert(
    agrees('sliding-window', (limit, window) => {
      const grants: { at: number; amount: number }[] = [];
      return {
        free: now =>
          limit - grants.filter(({ at }) => at > now - window).reduce((sum, { amount }) => sum + amount, 0),
        granted: (at, amount) => void grants.push({ at, amount }),
      };
    }),
    { numRuns },
  ));

test('a fixed window begins with its first grant and ends as a whole', () =>
  fc.assert(
    agrees('fixed-window', (limit, window) => {
      let start = -Infinity;
      let used = 0;
      return {
        free: now => (now >= start + window ? limit : limit - used),
        granted(now, amount) {
          if (now >= start + window) [start, used] = [now, 0];
          used += amount;
        },
      };
    }),
    { numRuns },
  ));

test('a token bucket refills evenly', () =>
  fc.assert(
    agrees('token-bucket', (limit, window) => {
      // in 1/window-ths of a token, which drain by `limit` a millisecond: whole numbers throughout
      let level = 0;
      let at = 0;
      const levelAt = (now: number) => Math.max(0, level - (now - at) * limit);
      return {
        free: now => Math.floor(limit - levelAt(now) / window + 1e-6),
        granted(now, amount) {
          [level, at] = [levelAt(now) + amount * window, now];
        },
      };
    }),
    { numRuns },
  ));

test('a large sliding window is never exceeded, and frees what it holds back within a hundredth of its window', async () => {
  const waits = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 40 })), {
    minLength: 50,
    maxLength: 300,
  });
  await fc.assert(
    fc.asyncProperty(waits, async waits => {
      const [limit, window] = [1000, 1000];
      const { env, ask, later } = await quotaHandler({ limit, window: '1s' });
      const grants: { at: number; amount: number }[] = [];
      const usedSince = (time: number) =>
        grants.filter(({ at }) => at > time).reduce((sum, { amount }) => sum + amount, 0);
      for (const [wait, amount] of waits) {
        await later(wait);
        const now = env.clock.now();
        const { granted } = await ask({ amount });
        if (granted > 0) grants.push({ at: now, amount });
        else assert.ok(usedSince(now - window * 1.01) + amount > limit, 'refused what there was room for');
        assert.ok(usedSince(now - window) <= limit, 'granted too much');
      }
    }),
    { numRuns: Math.ceil(numRuns / 20) },
  );
});

/** What would be left had only these grants been made. */
const leftAfter: Record<string, (grants: readonly { at: number; amount: number }[], now: number) => number> =
  {
    'sliding-window': (grants, now) =>
      10 - grants.filter(({ at }) => at > now - 1000).reduce((sum, { amount }) => sum + amount, 0),
    'token-bucket'(grants, now) {
      let level = 0;
      let last = grants[0]?.at ?? now;
      for (const { at, amount } of grants) {
        level = Math.max(0, level - (at - last) / 100) + amount;
        last = at;
      }
      return Math.floor(10 - Math.max(0, level - (now - last) / 100) + 1e-6);
    },
  };

for (const [algorithm, left] of Object.entries(leftAfter)) {
  test(`${algorithm}: giving back never makes more room than never having taken`, () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ wait: fc.nat(700), amount: fc.integer({ min: 1, max: 4 }), returned: fc.boolean() }),
          { maxLength: 30 },
        ),
        async steps => {
          const { env, ask, later } = await quotaHandler({ limit: 10, window: '1s', algorithm });
          const kept: { at: number; amount: number }[] = [];
          const open: Partial<QuotaRequest>[] = [];
          const returnAll = async () => {
            for (const request of open.splice(0)) await ask(request);
          };
          for (const [index, { wait, amount, returned }] of steps.entries()) {
            await later(wait);
            const { granted } = await ask({ amount, dedupId: `${index}` });
            if (granted === 0) await returnAll();
            else if (returned) open.push({ amount: -amount, dedupId: `${index}` });
            else kept.push({ at: env.clock.now(), amount });
          }
          await returnAll();
          const remaining = (await ask({ amount: 0 })).standing?.remaining ?? 10;
          const expected = left(kept, env.clock.now());
          assert.ok(remaining <= expected, `left ${remaining} instead of ${expected}`);
          if (algorithm === 'sliding-window') assert.is(remaining, expected);
        },
      ),
      { numRuns },
    ));
}

test.run();
