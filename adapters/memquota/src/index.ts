import { defineAdapter, KraterError } from '@krater/mixer';
import { quota } from '@krater/templates';
import type { codes } from './codes.ts';
import { checkConfig, config } from './config.ts';
import { Counts, Limiter } from './limiter.ts';

/** Limits how much is granted within a window, for each combination of dimensions, counted in this process. */
export default defineAdapter({
  name: 'memquota',
  summary: 'rate limits and quotas, counted in memory',
  templates: [quota],
  config,
  check: checkConfig,
  create(config, env) {
    const limiter = new Limiter(
      config,
      env.keep('counts', () => new Counts()),
      env.metrics,
    );
    for (const { name } of env.instances) {
      if (limiter.has(name)) continue;
      const code: keyof typeof codes = 'MEMQUOTA_UNKNOWN_QUOTA';
      throw new KraterError(
        code,
        `instance "${name}" is sent to handler "${env.handler}", which has no quota of that name`,
        {
          hint: `the handler has: ${config.quotas.map(({ name }) => name).join(', ')}`,
        },
      );
    }
    return {
      quota: ({ name, dimensions }, request) => limiter.decide(name, dimensions, request, env.clock.now()),
    };
  },
});
