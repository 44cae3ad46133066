import { defineAdapter, KraterError } from '@krater/mixer';
import { type CountedQuota, Counts, checkQuotas, Limiter } from '@krater/mixer/limiter';
import { quota } from '@krater/templates';
import type { codes } from './codes.ts';
import { config } from './config.ts';

/** Limits how much is granted within a window, for each combination of dimensions, counted in this process. */
export default defineAdapter({
  name: 'memquota',
  summary: 'rate limits and quotas, counted in memory',
  templates: [quota],
  config,
  check: ({ quotas }, problem) => checkQuotas(quotas, problem),
  create(config, env) {
    const limiter = new Limiter(
      config,
      env.keep('counts', () => new Counts(env.random())),
      env.metrics,
    );
    const quotaOf = (name: string): CountedQuota => {
      const found = limiter.quota(name);
      if (found !== undefined) return found;
      const code: keyof typeof codes = 'MEMQUOTA_UNKNOWN_QUOTA';
      const hint = `the handler has: ${config.quotas.map(quota => quota.name).join(', ')}`;
      throw new KraterError(
        code,
        `handler "${env.handler}" has no quota for the instance "${name}" that is sent to it`,
        { hint, path: ['quotas'] },
      );
    };
    for (const { name } of env.instances) quotaOf(name);
    return {
      quota: ({ name, dimensions }, request, { now }) =>
        limiter.decide(quotaOf(name), dimensions, request, now),
    };
  },
});
