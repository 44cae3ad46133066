import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'lookup',
  variety: 'attributes',
  summary: 'a key to look up, answered by a map of strings',
  fields: { key: t.string },
  output: { value: t.stringMap },
});
