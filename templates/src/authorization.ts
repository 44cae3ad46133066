import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'authorization',
  variety: 'check',
  summary: 'who wants to do what',
  fields: {
    subject: t.optional(
      t.object({
        user: t.optional(t.string),
        groups: t.optional(t.string),
        properties: t.optional(t.map(t.value)),
      }),
    ),
    action: t.optional(
      t.object({
        namespace: t.optional(t.string),
        service: t.optional(t.string),
        method: t.optional(t.string),
        path: t.optional(t.string),
        properties: t.optional(t.map(t.value)),
      }),
    ),
  },
});
