import type { QuotaRequest, QuotaResult } from '@krater/mixer';
import { createHandler, type FakeEnv, fakeContext, fakeEnv } from '@krater/mixer/testing';
import memquota from '../src/index.ts';

/** A handler with one quota called `requests`, and short words for asking it. */
export async function quotaHandler(
  quota: object,
  { env = fakeEnv(), ...more }: { env?: FakeEnv; [param: string]: unknown } = {},
) {
  const handler = await createHandler(memquota, { quotas: [{ name: 'requests', ...quota }], ...more }, env);
  const ask = async (
    request: Partial<QuotaRequest> = {},
    dimensions: Record<string, string> = {},
  ): Promise<QuotaResult> =>
    handler.quota(
      { name: 'requests', dimensions },
      { amount: 1, bestEffort: false, dedupId: '', ...request },
      fakeContext(env),
    );
  return {
    env,
    ask,
    take: async (amount = 1, dimensions?: Record<string, string>) =>
      (await ask({ amount }, dimensions)).granted,
    later: (milliseconds: number) => env.clock.advance(milliseconds),
  };
}
