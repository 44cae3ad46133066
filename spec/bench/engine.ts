import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { allow, type Bag, createMixer, defineAdapter, type Mixer, z } from '@krater/mixer';
import { listentry, metric } from '@krater/templates';
import { compare, inWords, type Timing } from './measure.ts';
import type { Row } from './row.ts';

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
  return [absolute('one check: 10 rules, a list and a quota asked', ours, 10)];
}

async function oneReport(): Promise<Row[]> {
  const mixer = await createMixer({ config: telemetry(), adapters: [silent] });
  const bag = requestTo(mixer, 'ratings');
  const { ours } = await compare({ ours: repeated(100, () => mixer.report([bag])) });
  await mixer.close();
  return [absolute('one report: 10 metric instances of 5 dimensions', ours)];
}

async function growth(): Promise<Row[]> {
  const sizes = [100, 1_000, 10_000];
  const mixers: Mixer[] = [];
  let load = 0;
  for (const size of sizes) {
    const config = services(size, name => `destination.service.name == "${name}"`);
    const started = performance.now();
    mixers.push(await createMixer({ config, adapters: [silent] }));
    load = performance.now() - started;
  }
  const linear = await createMixer({
    config: services(1_000, name => `(destination.service.name | "") == "${name}"`),
    adapters: [silent],
  });
  const asking = (mixer: Mixer | undefined) => {
    if (!mixer) throw new Error('every size has its mixer');
    const bag = requestTo(mixer, 'service-50');
    return () => mixer.check(bag);
  };
  const times = await compare({
    small: repeated(100, asking(mixers[0])),
    middle: repeated(100, asking(mixers[1])),
    large: repeated(100, asking(mixers[2])),
    linear: repeated(5, asking(linear)),
  });
  for (const mixer of [...mixers, linear]) await mixer.close();
  return [
    growing('check, 1,000 rules against 100', times.middle, times.small),
    growing('check, 10,000 rules against 100', times.large, times.small),
    {
      what: 'check, 1,000 rules: indexed against linear',
      ours: inWords(times.middle),
      peer: inWords(times.linear),
      ratio: times.linear.median / times.middle.median,
      target: '≥ 60×',
      met: times.linear.median / times.middle.median >= 60,
    },
    {
      what: 'load of 10,000 rules, text to first check',
      ours: `${(load / 1000).toFixed(2)} s`,
      peer: '',
      ratio: undefined,
      target: '≤ 4 s',
      met: load <= 4000,
    },
  ];
}

function repeated(operations: number, run: () => unknown) {
  return {
    operations,
    run: () => {
      let last: unknown;
      for (let count = 0; count < operations; count += 1) last = run();
      return last;
    },
  };
}

function absolute(what: string, timing: Timing, most?: number): Row {
  const target = most === undefined ? '' : `≤ ${most} µs`;
  const met = most === undefined ? undefined : timing.median <= most;
  return { what, ours: inWords(timing), peer: '', ratio: undefined, target, met };
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

function handler(name: string, adapter: string, params: string): string {
  return `apiVersion: krater.dev/v1
kind: Handler
metadata: { name: ${name} }
spec: { adapter: ${adapter}, params: ${params} }
`;
}

function rule(name: string, match: string, action: string): string {
  return `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ${name} }
spec:
  match: ${match}
  actions: [{ ${action} }]
`;
}
