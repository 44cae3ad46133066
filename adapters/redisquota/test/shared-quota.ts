import type { CallContext, QuotaRequest, QuotaResult } from '@krater/mixer';
import { createHandler, type FakeEnv, fakeEnv } from '@krater/mixer/testing';
import redisquota from '../src/index.ts';
import { realEnvOf } from './real-world.ts';

/** A handler with one quota called `requests` in real time, and short words for asking it. */
export async function sharedQuota(
  quota: object,
  params: object,
  { env = realEnvOf(fakeEnv()) }: { env?: FakeEnv } = {},
) {
  const handler = await createHandler(
    redisquota,
    { quotas: [{ name: 'requests', ...quota }], ...params },
    env,
  );
  const ask = async (
    request: Partial<QuotaRequest> = {},
    context: Partial<CallContext> = {},
    dimensions: Record<string, string> = {},
  ): Promise<QuotaResult> => {
    const now = env.clock.now();
    return handler.quota(
      { name: 'requests', dimensions },
      { amount: 1, bestEffort: false, dedupId: '', ...request },
      { signal: env.signal, now, deadline: now + 30_000, ...context },
    );
  };
  return {
    env,
    ask,
    take: async (amount = 1, dimensions = {}) => (await ask({ amount }, {}, dimensions)).granted,
    /** What a metric of the adapter says. */
    metric: (name: string) => env.measured.get(name),
    messages: () => env.logged.map(({ message }) => message),
    async [Symbol.asyncDispose]() {
      await handler.close?.();
      await env.close();
    },
  };
}

/** Asks until there is an answer that satisfies. */
export async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
