import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'identity',
  variety: 'attributes',
  summary: 'a credential, answered by whom it speaks for',
  fields: { credential: t.optional(t.string) },
  output: {
    principal: t.optional(t.string),
    audiences: t.optional(t.string),
    presenter: t.optional(t.string),
    claims: t.optional(t.stringMap),
    raw_claims: t.optional(t.string),
  },
  authenticates: true,
});
