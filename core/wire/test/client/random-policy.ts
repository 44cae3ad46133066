import { type Bag, stringMap } from '@krater/mixer';
import fc from 'fast-check';
import { rule } from './rig.ts';

// Few values, so that clauses often hold and a change often matters.
const text = fc.constantFrom('a', 'b', 'c', '');
const names = ['destination.service.name', 'source.user', 'request.path', 'request.method'] as const;
const name = fc.constantFrom(...names);
const addresses = ['10.0.0.1', '10.0.0.2', '2001:db8::1'];
const address = fc.constantFrom(...addresses);

const leaf = fc.oneof(
  fc.tuple(name, text).map(([read, value]) => `${read} == "${value}"`),
  fc.tuple(name, name).map(([a, b]) => `(${a} | ${b} | "b") == "a"`),
  fc.tuple(text, text).map(([key, value]) => `request.headers["${key}"] == "${value}"`),
  fc.tuple(text, text).map(([key, value]) => `(request.headers["${key}"] | "c") == "${value}"`),
  fc.tuple(name, text).map(([read, value]) => `request.headers[${read}] == "${value}"`),
  fc.tuple(name, text).map(([read, value]) => `!(${read} == "${value}")`),
  address.map(ip => `source.ip == ip("${ip}")`),
  address.map(ip => `(source.ip | ip("10.0.0.9")) == ip("::ffff:${ip.includes(':') ? '10.0.0.1' : ip}")`),
  fc.constant('inRange(source.ip, "10.0.0.0/31")'),
  text.map(value => `team.name == "team of ${value}"`),
);
const { match: clause } = fc.letrec<{ match: string }>(tie => ({
  match: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc
      .tuple(tie('match'), fc.constantFrom('&&', '||'), tie('match'))
      .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
  ),
}));
/** JSON Logic, in YAML's flow form. */
const logic = fc.oneof(
  fc.tuple(name, text).map(([read, value]) => `{ "==": [{ "var": "${read}" }, "${value}"] }`),
  fc
    .tuple(name, text, text)
    .map(([read, other, value]) => `{ "==": [{ "var": ["${read}", "${other}"] }, "${value}"] }`),
);
const match = fc.oneof(
  { weight: 4, arbitrary: clause.map(expression => `'${expression}'`) },
  { weight: 1, arbitrary: logic },
);
const values = [
  ...names,
  'request.headers["a"] | "x"',
  'source.labels',
  'source.ip',
  'team.name | "none"',
] as const;

const drafts = fc.array(
  fc.record({
    match,
    onMissing: fc.constantFrom('skip', 'apply'),
    value: fc.constantFrom(...values),
    kind: fc.constantFrom('check', 'check', 'quota'),
  }),
  { minLength: 1, maxLength: 5 },
);

const producer = `---
apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: teams }
spec: { attributes: { team.name: { type: STRING } } }
${rule(
  'teams',
  `match: request.method == "a"
actions:
- handler: { adapter: probe, params: { label: teams } }
  instances:
  - { name: team, template: lookup, params: { key: source.user | "nobody" }, attributes: { team.name: 'output.value["team"]' } }`,
)}`;

/** Configurations of some rules, each as YAML. */
export const policies = drafts.map(
  rules =>
    producer +
    rules
      .map(({ match: matching, onMissing, value, kind }, index) => {
        const [template, params] =
          kind === 'quota'
            ? ['quota', `{ dimensions: { value: '${value}' }, amount: '${index + 1}' }`]
            : ['listentry', `{ value: '${value}' }`];
        const headers =
          index % 2 === 0
            ? `\nrequestHeaderOperations: [{ name: x-rule, operation: append, values: ['"${index}"'] }]`
            : '';
        return rule(
          `r${index}`,
          `match: ${matching}\nonMissing: ${onMissing}${headers}
actions:
- handler: { adapter: probe, params: { label: r${index} } }
  instances: [{ name: entry, template: ${template}, params: ${params} }]`,
        );
      })
      .join(''),
);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const map = optional(fc.dictionary(text, text));

export const requests = fc.record({
  texts: fc.tuple(...names.map(() => optional(text))),
  ip: optional(address),
  headers: map,
  labels: map,
});

export type Request = typeof requests extends fc.Arbitrary<infer R> ? R : never;

export function put(bag: Bag, { texts, ip, headers, labels }: Request): Bag {
  for (const [index, read] of names.entries()) bag.put(read, texts[index]);
  return bag
    .put('source.ip', ip)
    .put('request.headers', headers && stringMap(headers))
    .put('source.labels', labels && stringMap(labels));
}
