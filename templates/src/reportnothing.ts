import { defineTemplate } from '@krater/mixer';

export default defineTemplate({
  name: 'reportnothing',
  variety: 'report',
  summary: 'word that a request matched, and nothing about it',
  fields: {},
});
