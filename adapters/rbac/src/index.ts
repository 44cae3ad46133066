import { allow, type CallContext, defineAdapter, deny, type Handle } from '@krater/mixer';
import { authorization } from '@krater/templates';
import { checkConfig, config } from './config.ts';
import { buildPolicy } from './policy.ts';

/** The least time between two log lines of permissive mode, in milliseconds. */
const quiet = 10_000;

/** Allows what a role of the subject grants, and nothing else. */
export default defineAdapter({
  name: 'rbac',
  summary: 'allows what roles grant to those who have them',
  templates: [authorization],
  config,
  check: checkConfig,
  create({ mode, validity, ...roles }, env) {
    const refusalOf = buildPolicy(roles);
    const allowed = allow({ validity });
    const enforce: Handle<typeof authorization> = asked => {
      const refusal = refusalOf(asked);
      return refusal === undefined ? allowed : deny(refusal, 'PERMISSION_DENIED', { validity });
    };
    if (mode === 'enforce') return { authorization: enforce, explain: { authorization: enforce } };

    const spared = env.metrics.counter('permissive_allowed', 'requests allowed that enforcing would refuse');
    let silentUntil = -Infinity;
    const tell = (refusal: string, { now }: CallContext) => {
      spared.add();
      if (now < silentUntil) return;
      silentUntil = now + quiet;
      env.log.info('enforcing would refuse a request', { message: refusal });
    };
    return {
      authorization(asked, context) {
        const refusal = refusalOf(asked);
        if (refusal !== undefined) tell(refusal, context);
        return allowed;
      },
      explain: { authorization: () => allowed },
    };
  },
});
