import { allow, defineAdapter, deny, type Handle, z } from '@krater/mixer';
import visit from './visit.ts';

const microsecondsPerHour = 3_600_000_000;

export default defineAdapter({
  name: 'office-hours',
  summary: 'refuses visits outside office hours',
  contract: 1,
  templates: [visit],
  config: z.strictObject({
    opens: z.int().min(0).max(23).default(9).describe('first hour of the day, UTC'),
    closes: z.int().min(1).max(24).default(17).describe('hour at which the day ends, UTC'),
    closed: z.array(z.string()).default([]).describe('places that do not open at all'),
  }),
  check({ opens, closes }, problem) {
    if (closes <= opens) problem(['closes'], `the day ends at ${closes} before it begins at ${opens}`);
  },
  create({ opens, closes, closed }) {
    const output = { hours: `${opens}-${closes}` };
    const answer: Handle<typeof visit> = ({ place, at }) => {
      if (closed.includes(place)) return deny('this place is closed', undefined, { output });
      const hour = Math.floor(at / microsecondsPerHour) % 24;
      const isOpen = hour >= opens && hour < closes;
      return isOpen ? allow({ output }) : deny(`open from ${opens} to ${closes}`, undefined, { output });
    };
    return { visit: answer, explain: { visit: answer } };
  },
});
