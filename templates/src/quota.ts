import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'quota',
  variety: 'quota',
  summary: 'an amount to take, counted by dimensions',
  fields: { dimensions: t.optional(t.map(t.value)) },
});
