import { defineTemplate } from '@krater/mixer';

export default defineTemplate({
  name: 'checknothing',
  variety: 'check',
  summary: 'a check that looks at nothing: the rule has already decided',
  fields: {},
});
