import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'metric',
  variety: 'report',
  summary: 'one measured value with its dimensions',
  fields: {
    value: t.value,
    dimensions: t.optional(t.map(t.value)),
    monitored_resource_type: t.optional(t.string),
    monitored_resource_dimensions: t.optional(t.map(t.value)),
  },
});
