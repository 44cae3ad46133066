import { defineTemplate, t } from '@krater/mixer';

/** A template of one's own: other adapters may import it, and serve it too. */
export default defineTemplate({
  name: 'visit',
  variety: 'check',
  summary: 'where somebody wants to go, and when',
  fields: { place: t.string, at: t.timestamp },
  output: { hours: t.string },
});
