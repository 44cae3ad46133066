import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'logentry',
  variety: 'report',
  summary: 'one line of a log, as named variables',
  fields: {
    variables: t.optional(t.map(t.value)),
    timestamp: t.optional(t.timestamp),
    severity: t.optional(t.string),
    monitored_resource_type: t.optional(t.string),
    monitored_resource_dimensions: t.optional(t.map(t.value)),
  },
});
