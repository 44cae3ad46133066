import memquota from '@krater/adapter-memquota';
import type { BaseEnv } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { compare, inWords } from './measure.ts';
import type { Row } from './row.ts';

const users = Array.from({ length: 1000 }, (_, index) => `user-${index}`);

/** One decision of each algorithm, over 1,000 callers in turn, against rate-limiter-flexible in memory. */
export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  const plenty = 1_000_000_000;
  for (const algorithm of ['fixed-window', 'sliding-window', 'token-bucket']) {
    rows.push(await row(`memquota, ${algorithm}, granted`, algorithm, plenty));
  }
  rows.push(await row('memquota, sliding-window, mostly refused', 'sliding-window', 5));
  rows.push(
    await row('memquota, sliding-window, granted, with an id', 'sliding-window', plenty, { withId: true }),
  );
  return rows;
}

async function row(what: string, algorithm: string, limit: number, { withId = false } = {}): Promise<Row> {
  const { ours, peer } = await compare({
    ours: await ownContender(algorithm, limit, withId),
    peer: peerContender(limit),
  });
  const ratio = peer.median / ours.median;
  return { what, ours: inWords(ours), peer: inWords(peer), ratio, target: '≥ 5×', met: ratio >= 5 };
}

async function ownContender(algorithm: string, limit: number, withId: boolean) {
  const fake = fakeEnv();
  const env: BaseEnv = { ...fake, clock: { now: () => performance.timeOrigin + performance.now() } };
  const quotas = [{ name: 'requests', limit, window: '1s', algorithm }];
  const { quota } = await createHandler(memquota, { quotas }, env);
  const context = fakeContext(fake);
  let id = 0;
  const run = async () => {
    let last: unknown;
    for (const user of users) {
      const dedupId = withId ? `bench.${id++}` : '';
      const answer = quota(
        { name: 'requests', dimensions: { user } },
        { amount: 1, bestEffort: false, dedupId },
        context,
      );
      last = answer instanceof Promise ? await answer : answer;
    }
    return last;
  };
  return { operations: users.length, run };
}

function peerContender(limit: number) {
  const limiter = new RateLimiterMemory({ points: limit, duration: 1 });
  const run = async () => {
    let last: unknown;
    for (const user of users) {
      try {
        last = await limiter.consume(user, 1);
      } catch (refused) {
        last = refused;
      }
    }
    return last;
  };
  return { operations: users.length, run };
}
