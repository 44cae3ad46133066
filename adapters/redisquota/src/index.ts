import { defineAdapter, KraterError } from '@krater/mixer';
import { buildRule, type Rule } from '@krater/mixer/limiter';
import { quota } from '@krater/templates';
import { Circuit } from './circuit.ts';
import { createClient } from './client.ts';
import type { codes } from './codes.ts';
import { checkConfig, config } from './config.ts';
import { Connection } from './connection.ts';
import { createInsurance } from './insurance.ts';
import { SharedCounts } from './shared-counts.ts';
import { SharedLimiter } from './shared-limiter.ts';

/** Limits how much is granted within a window, for each combination of dimensions, counted in Redis for all processes. */
export default defineAdapter({
  name: 'redisquota',
  summary: 'rate limits and quotas, counted in Redis for all processes together',
  templates: [quota],
  config,
  check: checkConfig,

  async create(config, env) {
    const rules = new Map(config.quotas.map(quota => [quota.name, buildRule(quota, 0)]));
    const ruleOf = (name: string): Rule => {
      const found = rules.get(name);
      if (found !== undefined) return found;
      const code: keyof typeof codes = 'REDISQUOTA_UNKNOWN_QUOTA';
      const hint = `the handler has: ${[...rules.keys()].join(', ')}`;
      throw new KraterError(
        code,
        `handler "${env.handler}" has no quota for the instance "${name}" that is sent to it`,
        { hint, path: ['quotas'] },
      );
    };
    for (const { name } of env.instances) ruleOf(name);
    const circuit = new Circuit(config.circuit, env);
    const insurance = createInsurance(config, env);
    const client = createClient(config);
    const counts = new SharedCounts(client, config);
    const limiter = new SharedLimiter({ counts, insurance, circuit }, config, env);
    const connection = new Connection(client, circuit, env);
    await connection.open(config.connectTimeout);
    return {
      quota: ({ name, dimensions }, request, context) =>
        limiter.decide({ rule: ruleOf(name), dimensions, request }, context),
      close: () => connection.close(),
    };
  },
});
