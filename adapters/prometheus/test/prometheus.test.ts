import prometheus from '@krater/adapter-prometheus';
import { adapterSuite, configMistakes, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createScrapeEndpoints } from '../src/scrape-endpoint.ts';
import { anyPort, scraped, shape } from './scrape.ts';

const test = suite('prometheus');
const counter = { instance: 'requests', name: 'requests_total', kind: 'counter' };

test('counts exactly as many calls as were made', async () => {
  await using one = await scraped({
    metrics: [{ ...counter, labels: ['source', 'code'] }],
    instances: [shape({ source: 'STRING', code: 'INT64' })],
  });
  for (let call = 0; call < 3000; call++)
    one.tell(1, { source: `app${call % 7}`, code: call % 2 ? 200 : 503 });
  const page = await one.scrape();
  const counts = [...page.matchAll(/^krater_requests_total\{.*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  assert.is(counts.length, 14);
  assert.is(
    counts.reduce((sum, count) => sum + count),
    3000,
  );
  assert.match(page, '# TYPE krater_requests_total counter');
});

test('keeps series apart whose labels only look alike when joined', async () => {
  await using one = await scraped({
    metrics: [{ ...counter, labels: ['a', 'b'] }],
    instances: [shape({ a: 'STRING', b: 'STRING' })],
  });
  const pairs = [
    ['x', 'y:z'],
    ['x:y', 'z'],
    ['x,b:y', 'z'],
    ['x"', ''],
    ['', 'x\n'],
    ['x\\', 'n'],
  ];
  for (const [a = '', b = ''] of pairs) for (let time = 0; time < 2; time++) one.tell(1, { a, b });
  const lines = (await one.scrape()).split('\n').filter(line => line.startsWith('krater_requests_total{'));
  assert.is(new Set(lines).size, pairs.length);
  assert.ok(lines.every(line => line.endsWith(' 2')));
});

test('finds the right series whatever order the dimensions come in, and ignores those that are no labels', async () => {
  await using one = await scraped({
    metrics: [{ ...counter, labels: ['a', 'b'] }],
    instances: [shape({ a: 'STRING', b: 'STRING', id: 'STRING' })],
  });
  for (let id = 0; id < 5; id++) {
    one.tell(1, { a: '1', b: '2', id: `${id}` });
    one.tell(1, { id: `${id}`, b: '1', a: '2' });
  }
  assert.is(await one.value('krater_requests_total{a="1",b="2"}'), 5);
  assert.is(await one.value('krater_requests_total{a="2",b="1"}'), 5);
});

test('shows durations in seconds and sorts them into buckets', async () => {
  await using one = await scraped({
    metrics: [
      { instance: 'requests', name: 'seconds', kind: 'histogram', buckets: { explicit: [0.001, 0.01] } },
    ],
    instances: [shape({}, { value: 'DURATION' })],
  });
  for (const microseconds of [500, 1000, 5000, 20_000]) one.tell(microseconds);
  assert.is(await one.value('krater_seconds_bucket{le="0.001"}'), 2);
  assert.is(await one.value('krater_seconds_bucket{le="0.01"}'), 3);
  assert.is(await one.value('krater_seconds_bucket{le="+Inf"}'), 4);
  assert.is(await one.value('krater_seconds_count'), 4);
  assert.ok(Math.abs(((await one.value('krater_seconds_sum')) ?? 0) - 0.0265) < 1e-12);
});

test('makes linear and exponential buckets', async () => {
  await using one = await scraped({
    metrics: [
      {
        instance: 'requests',
        name: 'l',
        kind: 'histogram',
        buckets: { linear: { start: 1, width: 2, count: 3 } },
      },
      {
        instance: 'requests',
        name: 'e',
        kind: 'histogram',
        buckets: { exponential: { start: 1, factor: 10, count: 3 } },
      },
    ],
  });
  one.tell(4n);
  const bounds = (name: string, page: string) =>
    [...page.matchAll(new RegExp(`^krater_${name}_bucket.*le="(.*)"`, 'gm'))].map(([, le]) => le);
  const page = await one.scrape();
  assert.equal(bounds('l', page), ['1', '3', '5', '+Inf']);
  assert.equal(bounds('e', page), ['1', '10', '100', '+Inf']);
});

test('shows the last value of a gauge, and refuses what is no amount', async () => {
  await using one = await scraped({
    metrics: [counter, { instance: 'requests', name: 'level', kind: 'gauge', namespace: '' }],
    instances: [shape({}, { value: 'DOUBLE' })],
  });
  for (const value of [3, -2, Number.NaN]) one.tell(value);
  assert.is(await one.value('level'), -2);
  assert.is(await one.value('krater_requests_total'), 3);
  assert.is(
    one.env.measured.get('prometheus_refused_total'),
    3,
    '-2 and NaN for the counter, NaN for the gauge',
  );
});

test('folds what exceeds the series budget into one overflow series, counts it and names the widest label', async () => {
  await using one = await scraped({
    metrics: [{ ...counter, labels: ['path', 'code'], maxSeries: 3 }],
    instances: [shape({ path: 'STRING', code: 'INT64' })],
  });
  for (let call = 0; call < 10; call++) one.tell(1, { path: `/${call}`, code: 200 });
  for (let call = 0; call < 10; call++) one.tell(1, { path: `/${call}`, code: 200 });
  assert.is(await one.value('krater_requests_total{path="/2",code="200"}'), 2);
  assert.is(await one.value('krater_requests_total{path="_overflow",code="_overflow"}'), 14);
  assert.is(one.env.measured.get('prometheus_folded_total'), 14);
  const warning = one.env.logged.filter(({ level }) => level === 'warn');
  assert.is(warning.length, 1);
  assert.equal(warning[0]?.fields, { metric: 'krater_requests_total', maxSeries: 3, widestLabel: 'path' });
});

test('removes series that nothing was told about for the expiry time, and has room for others again', async () => {
  await using one = await scraped({
    metrics: [{ ...counter, labels: ['pod'], maxSeries: 2 }],
    instances: [shape({ pod: 'STRING' })],
    expiry: '10m',
  });
  one.tell(1, { pod: 'dead' });
  one.tell(1, { pod: 'alive' });
  for (let minute = 0; minute < 20; minute++) {
    await one.env.clock.advance(60_000);
    one.tell(1, { pod: 'alive' });
  }
  assert.is(await one.value('krater_requests_total{pod="dead"}'), undefined);
  assert.is(await one.value('krater_requests_total{pod="alive"}'), 21);
  one.tell(1, { pod: 'new' });
  assert.is(await one.value('krater_requests_total{pod="new"}'), 1);
});

test('writes label values that a parser reads back', async () => {
  await using one = await scraped({
    metrics: [{ ...counter, labels: ['v'] }],
    instances: [shape({ v: 'STRING' })],
  });
  one.tell(1, { v: 'a"b\\c\nd' });
  one.tell(1, { v: 'lone \ud800 surrogate' });
  one.tell(1, { v: 'lone \udc00 surrogate' });
  one.tell(1, { v: 'x'.repeat(10_000) });
  const page = await one.scrape();
  assert.match(page, 'krater_requests_total{v="a\\"b\\\\c\\nd"} 1');
  assert.match(page, 'krater_requests_total{v="lone \ufffd surrogate"} 2');
  assert.ok(page.split('\n').every(line => line.length < 1000));
});

const refused: [code: string, metric: object, instance: object][] = [
  ['PROMETHEUS_BAD_LABEL', { ...counter, labels: ['user'] }, shape({ source: 'STRING' })],
  ['PROMETHEUS_BAD_LABEL', { ...counter, labels: ['took'] }, shape({ took: 'DURATION' })],
  ['PROMETHEUS_BAD_VALUE', counter, shape({}, { value: 'STRING' })],
  ['PROMETHEUS_NO_METRIC', { ...counter, instance: 'reqests' }, shape()],
];
for (const [code, metric, instance] of refused) {
  test(`refuses with ${code} what the rules cannot feed`, async () => {
    const error = await scraped({ metrics: [metric], instances: [instance as never] }).then(
      () => undefined,
      error => error,
    );
    assert.is(error?.code, code);
    assert.ok(error.hint);
  });
}

test('says which metric no rule feeds', async () => {
  await using one = await scraped({ metrics: [counter, { ...counter, instance: 'other', name: 'idle' }] });
  assert.equal(one.env.logged.find(({ level }) => level === 'warn')?.fields, {
    metric: 'krater_idle',
    instance: 'other',
  });
});

const mistakes: [path: string, metrics: object[]][] = [
  ['metrics.0.name', [{ ...counter, name: 'no-dashes' }]],
  ['metrics.0.labels.0', [{ ...counter, labels: ['__reserved'] }]],
  ['metrics.0.labels.1', [{ ...counter, labels: ['a', 'a'] }]],
  ['metrics.0.labels.0', [{ ...counter, kind: 'histogram', labels: ['le'] }]],
  ['metrics.0', [{ ...counter, buckets: { explicit: [1] } }]],
  ['metrics.0.buckets', [{ ...counter, kind: 'histogram', buckets: {} }]],
  ['metrics.0.buckets.explicit.1', [{ ...counter, kind: 'histogram', buckets: { explicit: [2, 1] } }]],
  [
    'metrics.0.buckets.exponential',
    [{ ...counter, kind: 'histogram', buckets: { exponential: { start: 1, factor: 1e9, count: 200 } } }],
  ],
  ['metrics.1.name', [counter, counter]],
  [
    'metrics.1.name',
    [
      { ...counter, kind: 'histogram', name: 'a' },
      { ...counter, name: 'a_sum' },
    ],
  ],
];
for (const [path, metrics] of mistakes) {
  test(`finds the mistake at ${path} in ${JSON.stringify(metrics.at(-1))}`, () => {
    const found = configMistakes(prometheus, { metrics });
    assert.is(found.length, 1, found.join('\n'));
    assert.is(found[0]?.split(': ', 1)[0], path);
  });
}

adapterSuite(prometheus, {
  test,
  config: { metrics: [{ ...counter, instance: 'sample', labels: ['user'] }], endpoint: anyPort },
  instances: { metric: [{ name: 'sample', value: 1, dimensions: { user: 'zoe' } }] },
  services: [
    { token: prometheus.needs['endpoints'] as never, create: () => createScrapeEndpoints(fakeEnv().log) },
  ],
});

test.run();
