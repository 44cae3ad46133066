import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'listentry',
  variety: 'check',
  summary: 'one value to look up in a list',
  fields: { value: t.value },
});
