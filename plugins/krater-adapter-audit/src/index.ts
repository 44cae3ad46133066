import { defineAdapter, z } from '@krater/mixer';
import { logentry } from '@krater/templates';
import { AuditStore, logStore } from './store.ts';

export default defineAdapter({
  name: 'audit',
  summary: 'keeps who did what, in a store of your choice',
  contract: 1,
  templates: [logentry],
  config: z.strictObject({
    hide: z.array(z.string()).default([]).describe('variables that are kept as ***'),
  }),
  needs: { store: AuditStore },
  services: [logStore],
  create({ hide }, { store }) {
    const hidden = new Set(hide);
    return {
      logentry(instances) {
        return store.append(
          instances.map(({ name, variables = {} }) => {
            const kept = Object.entries(variables).map(([key, value]) => [
              key,
              hidden.has(key) ? '***' : value,
            ]);
            return { ...Object.fromEntries(kept), entry: name };
          }),
        );
      },
    };
  },
});
