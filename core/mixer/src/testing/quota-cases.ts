import assert from 'node:assert/strict';
import type { QuotaTrial } from './quota-world.ts';

/** One thing that every quota adapter does. */
export interface QuotaCase {
  readonly name: string;
  readonly quota: object;
  /** Params of the handler beside its quotas. */
  readonly params?: object;
  run(trial: QuotaTrial): Promise<void>;
  /** Milliseconds within which it must be over to mean anything: on a machine that stood still it is tried again. */
  readonly within?: number;
}

/** Milliseconds: short enough to be waited for, long enough to do something within. */
const short = 400;
const shortly = { window: `${short}ms` };
/** Nothing of it comes back while a case runs. */
const longly = { window: '1h' };

const refused = 'RESOURCE_EXHAUSTED';

/** What holds whichever way grants expire. */
export const commonCases: readonly QuotaCase[] = [
  {
    name: 'grants up to the limit, and refuses more, telling where the caller stands',
    quota: { limit: 5, ...longly },
    async run({ ask }) {
      for (const remaining of [4, 3, 2, 1, 0]) {
        const { granted, standing } = await ask();
        assert.equal(granted, 1);
        assert.equal(standing?.limit, 5);
        assert.equal(standing.remaining, remaining);
        assert.ok(standing.resetAfter > 0 && standing.resetAfter <= 3_600_000, `${standing.resetAfter}`);
      }
      const { status, granted, standing, retryAfter } = await ask();
      assert.deepEqual(status, { code: refused, message: 'quota "requests" is exhausted' });
      assert.equal(granted, 0);
      assert.equal(standing?.remaining, 0);
      assert.ok(retryAfter !== undefined && retryAfter > 0 && retryAfter <= 3_600_000, `${retryAfter}`);
    },
  },
  {
    name: 'grants wholly or not at all, and with best effort what there is',
    quota: { limit: 5, ...longly },
    async run({ ask, take }) {
      assert.equal(await take(6), 0);
      assert.equal((await ask({ amount: 6, bestEffort: true })).granted, 5);
      const { granted, status } = await ask({ amount: 6, bestEffort: true });
      assert.equal(granted, 0);
      assert.equal(status.code, refused);
    },
  },
  {
    name: 'grants no more than the limit to many who ask at once',
    quota: { limit: 20, ...longly },
    async run({ take }) {
      const granted = await Promise.all(Array.from({ length: 60 }, () => take()));
      assert.equal(granted.filter(amount => amount === 1).length, 20);
    },
  },
  {
    name: 'names no time for what can never be granted',
    quota: { limit: 5, ...longly },
    async run({ ask }) {
      assert.equal((await ask({ amount: 6 })).retryAfter, undefined);
    },
  },
  {
    name: 'grants nothing of a limit of nothing',
    quota: { limit: 0, ...longly },
    async run({ ask }) {
      const { granted, retryAfter } = await ask();
      assert.equal(granted, 0);
      assert.equal(retryAfter, undefined);
    },
  },
  {
    name: 'peeks with amount 0 without taking',
    quota: { limit: 5, ...longly },
    async run({ ask, take, remaining }) {
      assert.deepEqual((await ask({ amount: 0 })).standing, { limit: 5, remaining: 5, resetAfter: 0 });
      await take(2);
      for (let times = 0; times < 3; times++) assert.equal(await remaining(), 3);
    },
  },
  {
    name: 'counts each combination of dimensions by itself, whatever their order',
    quota: { limit: 1, ...longly },
    async run({ take }) {
      assert.equal(await take(1, { user: 'zoe', path: '/' }), 1);
      assert.equal(await take(1, { path: '/', user: 'zoe' }), 0);
      assert.equal(await take(1, { user: 'ann', path: '/' }), 1);
      assert.equal(await take(1, { user: '}{zoe', path: '/' }), 1);
      assert.equal(await take(1, { user: 'zoe' }), 1);
      assert.equal(await take(), 1);
    },
  },
  {
    name: 'lets the first matching override decide',
    quota: {
      limit: 1,
      ...longly,
      overrides: [
        { dimensions: { user: 'zoe', path: '/' }, limit: 3 },
        { dimensions: { user: 'zoe' }, limit: 2, window: '2h' },
      ],
    },
    async run({ take }) {
      assert.equal(await take(3, { user: 'zoe', path: '/' }), 3);
      assert.equal(await take(3, { user: 'zoe', path: '/a' }), 0);
      assert.equal(await take(2, { user: 'zoe', path: '/a' }), 2);
      assert.equal(await take(2, { user: 'ann', path: '/' }), 0);
    },
  },
  {
    name: 'answers the same id alike and charges it once',
    quota: { limit: 5, ...longly },
    params: { dedupTime: '1h' },
    async run({ ask, remaining, later }) {
      const first = await ask({ dedupId: 'a' });
      await later(20);
      assert.deepEqual(await ask({ dedupId: 'a' }), first);
      assert.equal(await remaining(), 4);
      assert.equal((await ask({ dedupId: 'a', amount: 2 })).granted, 2, 'another amount is another request');
      assert.equal(await remaining(), 2);
      const refusal = await ask({ dedupId: 'b', amount: 3 });
      await later(20);
      assert.deepEqual(await ask({ dedupId: 'b', amount: 3 }), refusal);
    },
  },
  {
    name: 'charges an id again after the deduplication time',
    quota: { limit: 5, ...longly },
    params: { dedupTime: `${short}ms` },
    async run({ ask, remaining, later }) {
      await ask({ dedupId: 'a' });
      await later(short);
      await ask({ dedupId: 'a' });
      assert.equal(await remaining(), 3);
    },
  },
  {
    name: 'keeps ids of different dimensions apart, and takes an empty id for none',
    quota: { limit: 1, ...longly },
    async run({ ask, take }) {
      assert.equal((await ask({ dedupId: 'a' }, { user: 'zoe' })).granted, 1);
      assert.equal((await ask({ dedupId: 'a' }, { user: 'ann' })).granted, 1);
      assert.equal(await take(1, { user: 'eve' }), 1);
      assert.equal(await take(1, { user: 'eve' }), 0);
    },
  },
  {
    name: 'takes a grant back by its id, once, and no more than it was',
    quota: { limit: 5, ...longly },
    async run({ ask }) {
      // Rounded, for a token bucket has drained a little meanwhile.
      const returned = async (amount: number, dedupId: string) =>
        Math.round(0 - (await ask({ amount: -amount, dedupId })).granted);
      assert.equal((await ask({ amount: 5, dedupId: 'a' })).granted, 5);
      assert.equal(await returned(5, 'unknown'), 0);
      assert.equal(await returned(5, ''), 0);
      assert.equal(await returned(3, 'a'), 3);
      assert.equal(await returned(5, 'a'), 2);
      assert.equal(await returned(5, 'a'), 0);
      assert.equal((await ask({ amount: 5, dedupId: 'a' })).granted, 5, 'it can be asked for again');
    },
  },
  {
    name: 'takes nothing back once the window of the grant has passed',
    quota: { limit: 5, ...shortly },
    within: 2 * short,
    async run({ ask, take, later }) {
      await ask({ amount: 5, dedupId: 'a' });
      await later(short);
      assert.equal(await take(4), 4);
      assert.equal((await ask({ amount: -5, dedupId: 'a' })).granted, 0);
      assert.equal(await take(2), 0);
    },
  },
  {
    name: 'is whole again a window later',
    quota: { limit: 5, ...shortly },
    async run({ take, remaining, later }) {
      await take(5);
      await later(short);
      assert.equal(await remaining(), 5);
      assert.equal(await take(5), 5);
    },
  },
  {
    name: 'tells when to come back: not before, and not much later',
    quota: { limit: 2, ...shortly },
    within: short / 2,
    async run({ ask, take, later }) {
      await take(2);
      const { retryAfter = Number.NaN } = await ask({ amount: 2 });
      assert.ok(retryAfter > short / 2 && retryAfter <= short, `come back after ${retryAfter} ms`);
      await later(short / 4);
      assert.equal(await take(2), 0);
    },
  },
  {
    name: 'grants at the time that it told',
    quota: { limit: 2, ...shortly },
    async run({ ask, take, later }) {
      await take(2);
      const { retryAfter } = await ask({ amount: 2 });
      await later(retryAfter ?? 0);
      assert.equal(await take(2), 2);
    },
  },
  {
    name: 'says what may be held ahead of use, and nothing where it is none',
    quota: {
      limit: 10,
      ...longly,
      leases: 0.5,
      overrides: [{ dimensions: { user: 'zoe' }, limit: 1 }],
    },
    async run({ ask }) {
      assert.deepEqual((await ask()).leasable, { amount: 5, duration: 10_000 });
      assert.deepEqual((await ask({ amount: 0 })).leasable, { amount: 5, duration: 10_000 });
      assert.equal((await ask({}, { user: 'zoe' })).leasable, undefined);
    },
  },
];

/** What tells the algorithms apart. */
export const algorithmCases: Readonly<Record<string, readonly QuotaCase[]>> = {
  'fixed-window': [
    {
      name: 'a window begins with its first grant and ends as a whole',
      quota: { limit: 5, ...shortly },
      within: 1.5 * short,
      async run({ take, later }) {
        await take(3);
        await later(short / 2);
        await take(2);
        await later(short / 2);
        assert.equal(await take(5), 5);
        assert.equal(await take(), 0);
      },
    },
  ],
  'sliding-window': [
    {
      name: 'forgets each grant a window after it was made',
      quota: { limit: 5, ...shortly },
      within: 1.5 * short,
      async run({ take, later }) {
        await take(3);
        await later(short / 2);
        await take(2);
        await later(short / 2);
        assert.equal(await take(5), 0);
        assert.equal(await take(3), 3);
      },
    },
    {
      name: 'counts a large limit exactly, and frees it within a hundredth of its window',
      quota: { limit: 1000, ...shortly },
      within: 2 * short,
      async run({ take, later, ask }) {
        for (let step = 0; step < 10; step++) {
          assert.equal(await take(100), 100);
          await later(1);
        }
        assert.equal((await ask({ amount: 1000, bestEffort: true })).granted, 0);
        await later(1.01 * short);
        assert.equal(await take(1000), 1000);
      },
    },
  ],
  'token-bucket': [
    {
      name: 'refills evenly',
      quota: { limit: 4, ...shortly },
      within: 0.75 * short,
      async run({ take, later, remaining }) {
        await take(4);
        await later(short / 2);
        assert.equal(await remaining(), 2);
        assert.equal(await take(3), 0);
        assert.equal(await take(2), 2);
      },
    },
    {
      name: 'grants a burst at once, and refills at the rate of its limit',
      quota: { limit: 2, burst: 6, ...longly },
      async run({ ask }) {
        assert.equal((await ask({ amount: 6 })).granted, 6);
        const { standing, retryAfter = Number.NaN } = await ask({ amount: 2 });
        assert.equal(standing?.limit, 6);
        assert.ok(retryAfter > 3_500_000 && retryAfter <= 3_600_000, `come back after ${retryAfter} ms`);
      },
    },
    {
      name: 'takes back no more than has not drained',
      quota: { limit: 4, ...shortly },
      within: 0.75 * short,
      async run({ ask, later }) {
        await ask({ amount: 2, dedupId: 'a' });
        await ask({ amount: 2, dedupId: 'b' });
        await later(short / 2);
        assert.equal((await ask({ amount: -2, dedupId: 'a' })).granted, 0);
      },
    },
  ],
};

/** What holds without a window. */
export const allocationCases: readonly QuotaCase[] = [
  {
    name: 'grants stay until they are given back, and have no standing',
    quota: { limit: 2 },
    async run({ ask, take, later }) {
      assert.equal(await take(2), 2);
      await later(short);
      const { granted, standing, retryAfter, leasable } = await ask();
      assert.deepEqual(
        { granted, standing, retryAfter, leasable },
        {
          granted: 0,
          standing: undefined,
          retryAfter: undefined,
          leasable: undefined,
        },
      );
      assert.equal(await take(-1), -1);
      assert.equal(await take(), 1);
      assert.equal(await take(-7), -2);
    },
  },
  {
    name: 'a return by id takes that grant back, once; one of an unknown id takes any',
    quota: { limit: 5 },
    async run({ ask, take }) {
      await ask({ amount: 2, dedupId: 'a' });
      await take(3);
      assert.equal((await ask({ amount: -5, dedupId: 'a' })).granted, -2);
      assert.equal((await ask({ amount: -5, dedupId: 'a' })).granted, 0);
      assert.equal((await ask({ amount: -1, dedupId: 'unknown' })).granted, -1);
      assert.equal(await take(4), 0);
      assert.equal(await take(3), 3);
    },
  },
  {
    name: 'the same id is charged once',
    quota: { limit: 2 },
    params: { dedupTime: '1h' },
    async run({ ask, take }) {
      assert.equal((await ask({ dedupId: 'a' })).granted, 1);
      assert.equal((await ask({ dedupId: 'a' })).granted, 1);
      assert.equal(await take(), 1);
      assert.equal(await take(), 0);
    },
  },
];
