import type { AnyAdapter } from '../adapter.ts';
import type { BaseEnv } from '../env.ts';
import type { QuotaRequest, QuotaResult } from '../result.ts';
import type { CallContext } from '../template.ts';
import { createHandler } from './create-handler.ts';
import { fakeEnv } from './fake-env.ts';

/** Where a quota handler lives while it is tried, and how time passes there. */
export interface QuotaWorld {
  readonly env: BaseEnv;
  /** Returns when at least so many milliseconds have passed, for the backend too. */
  later(milliseconds: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A world whose time stands still until it is moved. */
export function fakeWorld(): QuotaWorld {
  const env = fakeEnv();
  return { env, later: milliseconds => env.clock.advance(milliseconds), close: () => env.close() };
}

/** A handler with one quota, and short words for asking it. */
export interface QuotaTrial {
  ask(request?: Partial<QuotaRequest>, dimensions?: Record<string, string>): Promise<QuotaResult>;
  /** Asks for an amount and tells what was granted. */
  take(amount?: number, dimensions?: Record<string, string>): Promise<number>;
  /** What remains, without taking any. */
  remaining(): Promise<number | undefined>;
  later(milliseconds: number): Promise<unknown>;
  readonly now: () => number;
}

type Handle = (instance: object, request: QuotaRequest, context: CallContext) => Promise<QuotaResult>;

/** Milliseconds: nobody is in a hurry. */
const patience = 30_000;

/** Tries one quota in a world of its own. Its dimensions are new each time, for a backend may remember the old ones. */
export async function tryQuota(
  adapter: AnyAdapter,
  config: { readonly quota: object; readonly params: object },
  world: QuotaWorld,
  run: (trial: QuotaTrial) => Promise<void>,
): Promise<void> {
  const { env } = world;
  const quotas = [{ name: 'requests', ...config.quota }];
  const handler = (await createHandler(adapter, { quotas, ...config.params }, env)) as {
    quota: Handle;
    close?(): unknown;
  };
  const trial = crypto.randomUUID();
  const ask: QuotaTrial['ask'] = async (request = {}, dimensions = {}) => {
    const now = env.clock.now();
    return handler.quota(
      { name: 'requests', dimensions: { ...dimensions, trial } },
      { amount: 1, bestEffort: false, dedupId: '', ...request },
      { signal: env.signal, now, deadline: now + patience },
    );
  };
  try {
    await run({
      ask,
      take: async (amount = 1, dimensions = {}) => (await ask({ amount }, dimensions)).granted,
      remaining: async () => (await ask({ amount: 0 })).standing?.remaining,
      later: milliseconds => world.later(milliseconds),
      now: () => env.clock.now(),
    });
  } finally {
    await handler.close?.();
    await world.close();
  }
}
