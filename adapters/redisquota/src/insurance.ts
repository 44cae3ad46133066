import { type BaseEnv, grant, type QuotaRequest, type QuotaResult } from '@krater/mixer';
import { Counts, type Dimensions, Limiter, type QuotaConfig } from '@krater/mixer/limiter';
import type { Config } from './config.ts';

/** Decides while Redis does not. */
export interface Insurance {
  decide(quota: string, dimensions: Dimensions, request: QuotaRequest, now: number): QuotaResult;
  /** Whether it is the one to answer a request, because it has answered the same id before. */
  knows(quota: string, dimensions: Dimensions, request: QuotaRequest, now: number): boolean;
}

/** Limits of this process alone, which outlive a reload; or no limits; or nothing. */
export function createInsurance({ insurance, quotas, dedupTime }: Config, env: BaseEnv): Insurance {
  if (insurance === 'allow') return uncounted(({ amount }) => grant(Math.max(0, amount)));
  if (insurance === 'deny') {
    return uncounted(({ amount }, quota) =>
      amount > 0
        ? { status: { code: 'UNAVAILABLE', message: `quota "${quota}" cannot be counted now` }, granted: 0 }
        : grant(0),
    );
  }
  const { share, maxKeys, maxGrants } = insurance;
  const limiter = new Limiter(
    { quotas: quotas.map(quota => shareOf(quota, share)), dedupTime, maxKeys, maxGrants },
    env.keep('insurance', () => new Counts(env.random())),
    env.metrics,
  );
  const counted = (name: string) => limiter.quota(name) as NonNullable<ReturnType<Limiter['quota']>>;
  return {
    decide: (quota, dimensions, request, now) => limiter.decide(counted(quota), dimensions, request, now),
    knows: (quota, dimensions, request, now) =>
      limiter.remembers(counted(quota), dimensions, request, now, request.amount > 0 ? dedupTime : Infinity),
  };
}

/** Rounded up, so that a small limit still lets something through. Nothing is granted ahead of use. */
function shareOf(quota: QuotaConfig, share: number): QuotaConfig {
  const part = (limit: number) => Math.ceil(limit * share - 1e-9);
  return {
    ...quota,
    limit: part(quota.limit),
    leases: 0,
    overrides: quota.overrides.map(override => ({ ...override, limit: part(override.limit) })),
    ...(quota.burst !== undefined && { burst: part(quota.burst) }),
  };
}

function uncounted(answer: (request: QuotaRequest, quota: string) => QuotaResult): Insurance {
  return { decide: (quota, _dimensions, request) => answer(request, quota), knows: () => false };
}
