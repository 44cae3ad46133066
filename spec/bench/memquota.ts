import memquota from '@krater/adapter-memquota';
import { createHandler, fakeEnv } from '@krater/mixer/testing';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { compare, inWords } from './measure.ts';
import type { Row } from './row.ts';

const callers = Array.from({ length: 1000 }, (_, index) => ({
  user: `user-${index}`,
  path: `/page/${index % 10}`,
}));
const plenty = 1_000_000_000;

const started = performance.timeOrigin;
/** As the engine's own. */
const engineClock = { now: () => started + performance.now() };

interface Case {
  readonly algorithm: string;
  readonly limit?: number;
  readonly withPath?: boolean;
  readonly withId?: boolean;
}

/**
 * One decision, over 1,000 callers in turn, against rate-limiter-flexible in memory.
 *
 * Ours is called as the engine calls it: with a new instance, dimensions and request for each decision, and a context
 * that says when the call began, which the engine has read before for its deadline. Its answer is a value, so it is known
 * on return. The peer's is known when its promise has resolved, so each is awaited before the next; it is given its key
 * ready-made, and reads Date.now().
 *
 * A row without a target is for comparison: the peer knows no ids, of which the engine makes one for each decision.
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
  const compared = { what, ours: inWords(ours), peer: inWords(peer), ratio };
  return kind.withId
    ? { ...compared, target: '', met: undefined }
    : { ...compared, target: '≥ 5×', met: ratio >= 5 };
}

async function ownContender(kind: Case) {
  const { algorithm, limit = plenty, withPath = false, withId = false } = kind;
  const fake = fakeEnv();
  const { quota } = await createHandler(
    memquota,
    { quotas: [{ name: 'requests', limit, window: '1s', algorithm }] },
    { ...fake, clock: engineClock },
  );
  const { signal } = fake;
  let id = 0;
  const run = () => {
    let last: unknown;
    const now = engineClock.now();
    for (const { user, path } of callers) {
      const dimensions = withPath ? { user, path } : { user };
      const dedupId = withId ? `node.${id++}/istio-system/limits/requests` : '';
      last = quota(
        { name: 'requests', dimensions },
        { amount: 1, bestEffort: false, dedupId },
        { signal, now, deadline: now + 50 },
      );
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
