import memquota from '@krater/adapter-memquota';
import type { BaseEnv } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { compare, inWords } from './measure.ts';
import type { Row } from './row.ts';

const callers = Array.from({ length: 1000 }, (_, index) => ({
  user: `user-${index}`,
  path: `/page/${index % 10}`,
}));
const plenty = 1_000_000_000;

interface Case {
  readonly algorithm: string;
  readonly limit?: number;
  readonly withPath?: boolean;
  readonly withId?: boolean;
}

/**
 * One decision, over 1,000 callers in turn, against rate-limiter-flexible in memory. Both read the clock for each
 * decision, which is nearly half of ours; the peer answers by a promise and knows no ids.
 */
export async function run(): Promise<Row[]> {
  return [
    await row('memquota, fixed window', { algorithm: 'fixed-window' }),
    await row('memquota, sliding window', { algorithm: 'sliding-window' }),
    await row('memquota, token bucket', { algorithm: 'token-bucket' }),
    await row('memquota, sliding window, two dimensions', { algorithm: 'sliding-window', withPath: true }),
    await row('memquota, sliding window, mostly refused', { algorithm: 'sliding-window', limit: 5 }),
    await row('memquota, sliding window, with an id', { algorithm: 'sliding-window', withId: true }),
  ];
}

async function row(what: string, kind: Case): Promise<Row> {
  const { ours, peer } = await compare({ ours: await ownContender(kind), peer: peerContender(kind) });
  const ratio = peer.median / ours.median;
  const target = kind.withId === true ? {} : { target: '≥ 5×', met: ratio >= 5 };
  return { what, ours: inWords(ours), peer: inWords(peer), ratio, target: '', met: undefined, ...target };
}

async function ownContender({ algorithm, limit = plenty, withPath = false, withId = false }: Case) {
  const fake = fakeEnv();
  const env: BaseEnv = { ...fake, clock: { now: () => performance.timeOrigin + performance.now() } };
  const { quota } = await createHandler(
    memquota,
    { quotas: [{ name: 'requests', limit, window: '1s', algorithm }] },
    env,
  );
  const context = fakeContext(fake);
  let id = 0;
  const run = async () => {
    let last: unknown;
    for (const { user, path } of callers) {
      const dimensions = withPath ? { user, path } : { user };
      const request = { amount: 1, bestEffort: false, dedupId: withId ? `bench.${id++}` : '' };
      const answer = quota({ name: 'requests', dimensions }, request, context);
      last = answer instanceof Promise ? await answer : answer;
    }
    return last;
  };
  return { operations: callers.length, run };
}

function peerContender({ limit = plenty, withPath = false }: Case) {
  const limiter = new RateLimiterMemory({ points: limit, duration: 1 });
  const run = async () => {
    let last: unknown;
    for (const { user, path } of callers) {
      try {
        last = await limiter.consume(withPath ? `${user} ${path}` : user, 1);
      } catch (refused) {
        last = refused;
      }
    }
    return last;
  };
  return { operations: callers.length, run };
}
