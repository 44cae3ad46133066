import { defineTemplate } from '@krater/mixer';
import identity from './identity.ts';

export default defineTemplate({
  name: 'authentication',
  variety: 'check',
  summary: 'a credential that has to be valid',
  fields: identity.fields,
  output: identity.output,
});
