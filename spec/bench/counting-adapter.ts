import { defineAdapter, z } from '@krater/mixer';
import { metric } from '@krater/templates';

/** Takes reports and adds them up: what is measured is how they came. */
export default defineAdapter({
  name: 'counting',
  summary: 'adds up what is reported',
  templates: [metric],
  config: z.strictObject({}),
  create() {
    let sum = 0;
    return {
      metric(instances) {
        for (const { value } of instances) sum += Number(value);
      },
      close: () => void sum,
    };
  },
});
