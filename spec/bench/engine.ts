import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { allow, type Bag, createMixer, defineAdapter, type Mixer, z } from '@krater/mixer';
import { listentry, metric } from '@krater/templates';
import { compare, inWords, repeated, type Timing } from './measure.ts';
import { handler, rule } from './policy.ts';
import { absolute, type Row } from './row.ts';

/** The engine in process: what a decision and a report cost, and that rules beside the point cost nothing. */
export async function run(): Promise<Row[]> {
  return [...(await oneCheck()), ...(await oneReport()), ...(await growth())];
}

// Adapters that do nothing, so that what is measured is the engine.
const silent = defineAdapter({
  name: 'silent',
  summary: 'takes metrics and forgets them; allows whatever it is asked',
  templates: [metric, listentry],
  config: z.strictObject({}),
  create: () => ({ metric() {}, listentry: () => allow() }),
});

async function oneCheck(): Promise<Row[]> {
  const mixer = await createMixer({ config: policy(), adapters: [denylist, memquota] });
  const bag = requestTo(mixer, 'ratings');
  const { ours } = await compare({ ours: repeated(100, () => mixer.check(bag)) });
  await mixer.close();
  return [
    absolute('one check: 10 rules, a list and a quota asked', inWords(ours), '≤ 10 µs', ours.median <= 10),
  ];
}

async function oneReport(): Promise<Row[]> {
  const mixer = await createMixer({ config: telemetry(), adapters: [silent] });
  const bag = requestTo(mixer, 'ratings');
  const { ours } = await compare({ ours: repeated(100, () => mixer.report([bag])) });
  await mixer.close();
  return [absolute('one report: 10 metric instances of 5 dimensions', inWords(ours))];
}

/** One rule a service. The check asks one handler; dispatch is a check of no rule's service, less a check without rules. */
async function growth(): Promise<Row[]> {
  const indexed = (name: string) => `destination.service.name == "${name}"`;
  const unindexed = (name: string) => `(destination.service.name | "") == "${name}"`;
  const create = (config: string) => createMixer({ config, adapters: [silent] });
  const none = await create(handler('silent', 'silent', '{}'));
  const small = await create(services(100, indexed));
  const middle = await create(services(1_000, indexed));
  const linear = await create(services(1_000, unindexed));
  const started = performance.now();
  const large = await create(services(10_000, indexed));
  const load = performance.now() - started;

  const asking = (mixer: Mixer, service: string, operations = 100) => {
    const bag = requestTo(mixer, service);
    return repeated(operations, () => mixer.check(bag));
  };
  const times = await compare({
    none: asking(none, 'elsewhere'),
    small: asking(small, 'service-50'),
    middle: asking(middle, 'service-50'),
    large: asking(large, 'service-50'),
    indexed: asking(middle, 'elsewhere'),
    linear: asking(linear, 'elsewhere', 5),
  });
  for (const mixer of [none, small, middle, linear, large]) await mixer.close();
  return [
    growing('check, 1,000 rules against 100', times.middle, times.small),
    growing('check, 10,000 rules against 100', times.large, times.small),
    ...dispatch(times.none, times.indexed, times.linear),
    absolute('load of 10,000 rules, from text', `${(load / 1000).toFixed(2)} s`, '≤ 4 s', load <= 4000),
  ];
}

/** A difference that drowns in the spread of what it is taken from is quoted as that spread: it is no more. */
function dispatch(none: Timing, indexed: Timing, linear: Timing): Row[] {
  const ours = Math.max(indexed.median - none.median, none.median * none.spread);
  const peer = linear.median - none.median;
  const row = { ours: `${ours.toPrecision(2)} µs`, peer: `${peer.toPrecision(3)} µs` };
  return [
    absolute('dispatch over 1,000 rules', row.ours, '≤ 1 µs', ours <= 1),
    {
      what: 'dispatch over 1,000 rules, against linear',
      ...row,
      ratio: peer / ours,
      target: '≥ 60×',
      met: peer / ours >= 60,
    },
  ];
}

function growing(what: string, large: Timing, small: Timing): Row {
  const ratio = large.median / small.median;
  return { what, ours: inWords(large), peer: inWords(small), ratio, target: '≤ 1.5×', met: ratio <= 1.5 };
}

function requestTo(mixer: Mixer, service: string): Bag {
  return mixer
    .bag()
    .put('destination.service.name', service)
    .put('source.namespace', 'default')
    .put('request.path', '/ratings/0')
    .put('request.method', 'GET')
    .put('source.user', 'zoe')
    .put('response.code', 200);
}

/** Ten rules, of which two match: one asks a list, one a quota. */
function policy(): string {
  const others = Array.from({ length: 8 }, (_, index) =>
    rule(`other-${index}`, `destination.service.name == "other-${index}"`, listAction),
  );
  return [
    handler('list', 'denylist', '{ entries: [mallory, eve] }'),
    handler('limit', 'memquota', '{ quotas: [{ name: requests, limit: 1000000000, window: 1s }] }'),
    rule('listed', 'destination.service.name == "ratings"', listAction),
    rule('limited', 'destination.service.name == "ratings" && request.method == "GET"', quotaAction),
    ...others,
  ].join('---\n');
}

const listAction =
  'handler: list, instances: [{ name: user, template: listentry, params: { value: source.user | "" } }]';
const quotaAction =
  'handler: limit, instances: [{ name: requests, template: quota, params: { dimensions: { user: source.user | "" } } }]';

function telemetry(): string {
  const dimensions = `{ source: source.namespace | "", destination: destination.service.name | "", path: request.path | "", method: request.method | "", code: response.code | 0 }`;
  const instances = Array.from(
    { length: 10 },
    (_, index) =>
      `{ name: metric-${index}, template: metric, params: { value: "1", dimensions: ${dimensions} } }`,
  );
  return [
    handler('metrics', 'silent', '{}'),
    rule('told', 'true', `handler: metrics, instances: [${instances.join(', ')}]`),
  ].join('---\n');
}

function services(count: number, match: (name: string) => string): string {
  const action =
    'handler: silent, instances: [{ name: path, template: listentry, params: { value: request.path } }]';
  const rules = Array.from({ length: count }, (_, index) =>
    rule(`rule-${index}`, match(`service-${index}`), action),
  );
  return [handler('silent', 'silent', '{}'), ...rules].join('---\n');
}
