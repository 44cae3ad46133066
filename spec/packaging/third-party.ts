// What an adapter author writes against the published packages; compiled with declarations, in a folder of its own.
import { allow, defineAdapter, deny, z } from '@krater/mixer';
import { listentry, metric } from '@krater/templates';

export default defineAdapter({
  name: 'third-party',
  summary: 'refuses short values',
  templates: [listentry, metric],
  config: z.strictObject({ length: z.int().default(3) }),
  create: ({ length }, env) => ({
    listentry: ({ value }) => (String(value).length < length ? deny('too short') : allow()),
    metric: instances => env.log.info('told', { count: instances.length }),
  }),
});
