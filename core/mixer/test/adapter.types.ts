// A file that must compile as it is: every expected error is one that adapter authors rely on.
import { checknothing, listentry, lookup, metric, quota } from '@krater/templates';
import { allow, defineAdapter, defineTemplate, defineToken, deny, grant, t, z } from '../src/index.ts';

interface Pool {
  get(key: string): string;
}
const PoolToken = defineToken<Pool>('test/pool');

export const whole = defineAdapter({
  name: 'whole',
  summary: 'every variety',
  templates: [listentry, quota, metric, lookup],
  config: z.strictObject({ size: z.number().default(3) }),
  needs: { pool: PoolToken },
  async create({ size }, env) {
    const found: string = env.pool.get(env.handler);
    return {
      listentry: ({ name, value }) =>
        String(value) === found ? allow() : deny(`${name} is too long for ${size.toFixed()}`),
      quota: async ({ dimensions }, { amount }) => (dimensions?.['user'] === 'x' ? grant(amount) : grant(0)),
      metric(instances) {
        for (const { value, dimensions } of instances) found.concat(String(value), String(dimensions?.['a']));
      },
      lookup: ({ key }) => ({ value: { team: key } }),
      close() {},
    };
  },
});

const visit = defineTemplate({
  name: 'visit',
  variety: 'check',
  summary: 'a template of an author',
  fields: { place: t.string, at: t.timestamp, guests: t.optional(t.int64) },
  output: { hours: t.string },
});

export const own = defineAdapter({
  name: 'own',
  summary: 'a template of its own, typed like those that are published',
  templates: [visit, listentry],
  config: z.strictObject({}),
  create: () => ({
    listentry: () => allow(),
    visit({ place, at, guests }) {
      const facts: [string, number, number | bigint | undefined] = [place, at, guests];
      // @ts-expect-error a place is text
      place.toFixed();
      return facts.length > 0 ? allow({ output: { hours: '9-17' } }) : deny('never');
    },
  }),
});

export const missing = defineAdapter({
  name: 'missing',
  summary: '',
  templates: [checknothing, listentry],
  config: z.strictObject({}),
  // @ts-expect-error create() returns no handler for template "listentry"
  create: () => ({ checknothing: () => allow() }),
});

export const surplus = defineAdapter({
  name: 'surplus',
  summary: '',
  templates: [checknothing],
  config: z.strictObject({}),
  // @ts-expect-error create() returns "listentri", which is not in templates
  create: () => ({ checknothing: () => allow(), listentri: () => allow() }),
});

export const wrongAnswer = defineAdapter({
  name: 'wrong-answer',
  summary: '',
  templates: [checknothing],
  config: z.strictObject({}),
  // @ts-expect-error a check answers with a CheckResult
  create: () => ({ checknothing: () => true }),
});

export const authenticating = defineTemplate({
  name: 'badge',
  variety: 'check',
  summary: '',
  fields: {},
  // @ts-expect-error only what supplies attributes can supply who somebody is
  authenticates: true,
});
