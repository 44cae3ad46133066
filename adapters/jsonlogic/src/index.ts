import { allow, defineAdapter, deny, type Handle, z } from '@krater/mixer';
import { authorization } from '@krater/templates';
import { buildPolicy } from './policy.ts';

/** Allows what a JSON Logic policy says. */
export default defineAdapter({
  name: 'jsonlogic',
  summary: 'allows what a policy written in JSON Logic says',
  templates: [authorization],
  config: z.strictObject({
    policy: z
      .record(z.string(), z.unknown())
      .describe('JSON Logic over {subject, action}; what comes out true is allowed'),
    message: z
      .string()
      .default('not allowed by policy')
      .describe('what the caller of a refused request is told'),
  }),
  check({ policy }, problem) {
    buildPolicy(policy, (path, message, hint) => problem(['policy', ...path], message, hint));
  },
  create({ policy, message }) {
    const { holds } = buildPolicy(policy, () => {});
    const refusal = deny(message);
    const answer: Handle<typeof authorization> = instance => (holds(instance) ? allow() : refusal);
    return { authorization: answer, explain: { authorization: answer } };
  },
});
