// needs: openssl
import { execFileSync } from 'node:child_process';
import otlp from '@krater/adapter-otlp';
import { stringMap } from '@krater/mixer';
import { adapterSuite, configMistakes } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { counter, exporter, logShape, metricShape } from './exporter.ts';
import { certificate, type Log, type Metric, plain, receiver } from './receiver.ts';

const test = suite('otlp');
const moment = 1_900_000_000_123_456;
const histogram = { ...counter, name: 'latency', kind: 'histogram', buckets: { explicit: [0.001, 0.01] } };

for (const protocol of ['protobuf', 'json']) {
  for (const compression of ['none', 'gzip']) {
    test(`sends every kind of metric, decoded by the official protos (${protocol}, ${compression})`, async () => {
      await using collector = await receiver();
      await using one = await exporter(
        {
          endpoint: collector.endpoint,
          protocol,
          compression,
          resource: { 'service.name': 'mesh', zone: 'a' },
          metrics: [
            { ...counter, labels: ['user', 'code'], unit: '{request}', description: 'calls' },
            { ...counter, instance: 'level', name: 'level', kind: 'gauge' },
            { ...histogram, instance: 'latency', unit: 's' },
          ],
        },
        [
          metricShape({ user: 'STRING', code: 'INT64' }),
          metricShape({}, { name: 'level', value: 'DOUBLE' }),
          metricShape({}, { name: 'latency', value: 'DURATION' }),
        ],
      );
      const start = one.env.clock.now();
      for (let call = 0; call < 3; call++) one.tell(2, { user: 'zoë', code: 200 });
      for (const value of [7, -3.5]) one.tell(value, {}, 'level');
      for (const microseconds of [500, 1_000, 5_000, 20_000]) one.tell(microseconds, {}, 'latency');
      await one.env.clock.advance(5_000);
      await one.close();
      assert.equal([one.figure('points_acknowledged'), one.figure('points_lost')], [3, 0]);
      const [sum, gauge, spread] = collector.metrics as [Metric, Metric, Metric];
      assert.equal(plain(sum.resource), { 'service.name': 'mesh', zone: 'a' });
      assert.equal([sum.name, sum.unit, sum.description], ['requests', '{request}', 'calls']);
      assert.equal(sum.sum?.aggregationTemporality, 'AGGREGATION_TEMPORALITY_CUMULATIVE');
      assert.is(sum.sum?.isMonotonic, true);
      const [point] = sum.sum?.dataPoints ?? [];
      assert.equal(plain(point?.attributes ?? []), { user: 'zoë', code: '200' });
      assert.equal(
        [point?.asDouble, point?.startTimeUnixNano, point?.timeUnixNano],
        [6, `${start}000000`, `${start + 5_000}000000`],
      );
      assert.is(gauge.gauge?.dataPoints[0]?.asDouble, -3.5);
      const [sizes] = spread.histogram?.dataPoints ?? [];
      assert.equal(sizes?.bucketCounts, ['2', '1', '1']);
      assert.equal(sizes?.explicitBounds, [0.001, 0.01]);
      assert.equal([sizes?.count, sizes?.min, sizes?.max], ['4', 0.0005, 0.02]);
      assert.ok(Math.abs((sizes?.sum ?? 0) - 0.0265) < 1e-12);
    });
  }

  test(`sends log entries, decoded by the official protos (${protocol})`, async () => {
    await using collector = await receiver();
    const variables = {
      took: 'DURATION',
      at: 'TIMESTAMP',
      headers: 'STRING_MAP',
      big: 'INT64',
      code: 'INT64',
      broken: 'DOUBLE',
      authorization: 'STRING',
      card: 'STRING',
      ok: 'BOOL',
    } as const;
    await using one = await exporter({ endpoint: collector.endpoint, protocol, mask: ['card'] }, [
      metricShape(),
      logShape(variables, { monitored_resource_type: 'STRING' }),
    ]);
    const headers = stringMap([
      ['cookie', 'secret'],
      ['__proto__', 'kept'],
    ]);
    one.log({
      timestamp: moment,
      severity: 'WARNING',
      monitored_resource_type: 'pod',
      variables: {
        took: 1_500,
        at: moment,
        headers,
        big: 2n ** 53n + 1n,
        code: 503,
        broken: Number.NaN,
        authorization: 'Bearer x',
        card: '4111',
        ok: true,
      },
    });
    await one.close();
    assert.equal([one.figure('logs_acknowledged'), one.figure('logs_lost')], [1, 0]);
    const [log] = collector.logs as [Log];
    assert.equal(plain(log.resource), { 'service.name': 'krater' });
    assert.is(log.timeUnixNano, `${moment}000`);
    assert.is(log.observedTimeUnixNano, `${one.env.clock.now()}000000`);
    assert.equal([log.severityNumber, log.severityText], ['SEVERITY_NUMBER_WARN', 'WARNING']);
    assert.equal(log.body, { stringValue: 'access' });
    const { headers: sent, code, ...attributes } = plain(log.attributes);
    assert.equal(attributes, {
      'monitored_resource.type': 'pod',
      took: 0.0015,
      at: '2030-03-17T17:46:40.123Z',
      big: '9007199254740993',
      authorization: '***',
      card: '***',
      ok: true,
    });
    assert.is(Number(code), 503);
    assert.equal(Object.entries(sent as object), [
      ['cookie', '***'],
      ['__proto__', 'kept'],
    ]);
  });
}

test('sends totals with cumulative temporality, over a reload too, and none twice for one moment', async () => {
  await using collector = await receiver();
  const config = { endpoint: collector.endpoint, interval: '10s' };
  await using one = await exporter(config);
  const before = one.env.clock.now();
  one.tell(1);
  await one.env.clock.advance(10_000);
  await one.settled('points', 1);
  await using two = await exporter({ ...config, timeout: '9s' }, undefined, one.env.reloaded());
  two.tell(2);
  await one.close();
  await two.close();
  const points = collector.metrics.flatMap(({ sum }) => sum?.dataPoints ?? []);
  assert.equal(
    points.map(({ asDouble }) => asDouble),
    [1, 3],
  );
  assert.ok(points.every(({ startTimeUnixNano }) => startTimeUnixNano === `${before}000000`));
});

test('sends what has come since the last time with delta temporality, and nothing where nothing came', async () => {
  await using collector = await receiver();
  await using one = await exporter(
    {
      endpoint: collector.endpoint,
      interval: '10s',
      temporality: 'delta',
      metrics: [{ ...counter, labels: ['code'] }, histogram],
    },
    [metricShape({ code: 'INT64' })],
  );
  const start = one.env.clock.now();
  one.tell(1, { code: 200 });
  one.tell(5, { code: 503 });
  await one.env.clock.advance(10_000);
  await one.settled('points', 3);
  one.tell(2, { code: 200 });
  await one.env.clock.advance(10_000);
  await one.settled('points', 5);
  await one.close();
  const sums = collector.metrics.flatMap(({ sum }) => sum?.dataPoints ?? []);
  assert.equal(
    sums.map(({ attributes, asDouble }) => [plain(attributes)['code'], asDouble]),
    [
      ['200', 1],
      ['503', 5],
      ['200', 2],
    ],
  );
  assert.ok(BigInt(sums[2]?.startTimeUnixNano ?? 0) >= BigInt(`${start + 10_000}000000`));
  const spreads = collector.metrics.flatMap(({ histogram }) => histogram?.dataPoints ?? []);
  assert.equal(
    spreads.map(({ count, min, max }) => [count, min, max]),
    [
      ['2', 1, 5],
      ['1', 2, 2],
    ],
  );
  assert.is(collector.metrics[0]?.sum?.aggregationTemporality, 'AGGREGATION_TEMPORALITY_DELTA');
});

test('folds what exceeds the series budget, and refuses what is no amount', async () => {
  await using collector = await receiver();
  await using one = await exporter(
    { endpoint: collector.endpoint, metrics: [{ ...counter, labels: ['path'], maxSeries: 2 }] },
    [metricShape({ path: 'STRING' })],
  );
  for (let call = 0; call < 10; call++) one.tell(1, { path: `/${call}` });
  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) one.tell(value, { path: '/0' });
  await one.close();
  const points = collector.metrics[0]?.sum?.dataPoints ?? [];
  assert.equal(
    points.map(({ attributes, asDouble }) => [plain(attributes)['path'], asDouble]),
    [
      ['/0', 1],
      ['/1', 1],
      ['_overflow', 8],
    ],
  );
  assert.equal([one.figure('folded'), one.figure('refused')], [8, 3]);
});

test('removes series that nothing was told about for the expiry time', async () => {
  await using collector = await receiver();
  await using one = await exporter(
    {
      endpoint: collector.endpoint,
      interval: '10s',
      expiry: '1m',
      metrics: [{ ...counter, labels: ['pod'] }],
    },
    [metricShape({ pod: 'STRING' })],
  );
  one.tell(1, { pod: 'dead' });
  for (let turn = 0; turn < 10; turn++) {
    one.tell(1, { pod: 'alive' });
    await one.env.clock.advance(10_000);
  }
  await one.close();
  const last = collector.metrics.at(-1)?.sum?.dataPoints ?? [];
  assert.equal(
    last.map(({ attributes, asDouble }) => [plain(attributes)['pod'], asDouble]),
    [['alive', 10]],
  );
});

test('speaks TLS to those it is told to believe, and sends headers, those kept secret too', async () => {
  using pair = certificate();
  await using collector = await receiver({ tls: pair });
  process.env['OTLP_TEST_TOKEN'] = 'sesame';
  const config = {
    endpoint: `${collector.endpoint}/`,
    headers: { 'x-tenant': 'blue' },
    secretHeaders: { 'x-token': { env: 'OTLP_TEST_TOKEN' } },
  };
  await using one = await exporter({ ...config, tls: { ca: { file: pair.paths.cert } } });
  one.logMany(3);
  await one.close();
  assert.is(one.figure('logs_acknowledged'), 3);
  const [request] = collector.requests;
  assert.equal(
    [request?.url, request?.headers['x-tenant'], request?.headers['x-token']],
    ['/v1/logs', 'blue', 'sesame'],
  );
  await using two = await exporter(config);
  delete process.env['OTLP_TEST_TOKEN'];
  two.logMany(3);
  await two.close();
  assert.equal([two.figure('logs_acknowledged'), two.figure('logs_lost')], [0, 3]);
  assert.match(String(two.env.logged[0]?.fields['why']), /self-signed certificate/);
});

test('loads its library only when a handler is created', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import('@krater/adapter-otlp');
    console.log(loaded.some(url => url.includes('zod')), loaded.some(url => url.includes('@opentelemetry')));`;
  const flags = ['--conditions=krater-source', '--input-type=module', '-e', script];
  assert.is(execFileSync(process.execPath, flags, { encoding: 'utf8' }), 'true false\n');
});

const refused: [code: string, metric: object, instance: object][] = [
  ['OTLP_BAD_LABEL', { ...counter, labels: ['user'] }, metricShape({ source: 'STRING' })],
  ['OTLP_BAD_VALUE', counter, metricShape({}, { value: 'STRING' })],
  ['OTLP_NO_METRIC', { ...counter, instance: 'reqests' }, metricShape()],
];
for (const [code, metric, instance] of refused) {
  test(`refuses with ${code} what the rules cannot feed`, async () => {
    const error = await exporter({ metrics: [metric] }, [instance as never]).then(String, error => error);
    assert.is(error.code, code);
    assert.ok(error.hint);
  });
}

const mistakes: [path: string, config: object][] = [
  ['endpoint', { endpoint: 'grpc://collector' }],
  ['endpoint', { endpoint: 'http://collector/?a=b' }],
  ['tls', { tls: {} }],
  ['headers.x-note', { headers: { 'x-note': 'a\r\nb' } }],
  ['interval', { interval: '1ms' }],
  ['batch.points', { batch: { points: 100, pointQueue: 10 } }],
  ['batch.logs', { batch: { logs: '1MiB', logQueue: '1KiB' } }],
  ['metrics.0.name', { metrics: [{ ...counter, name: '1st' }] }],
  ['metrics.1.name', { metrics: [counter, { ...counter, name: 'REQUESTS' }] }],
  ['metrics.0.labels.1', { metrics: [{ ...counter, labels: ['a', 'a'] }] }],
  ['metrics.0.buckets.explicit.1', { metrics: [{ ...histogram, buckets: { explicit: [2, 1] } }] }],
];
for (const [path, config] of mistakes) {
  test(`finds the mistake at ${path} in ${JSON.stringify(config)}`, () => {
    const found = configMistakes(otlp, config);
    assert.is(found.length, 1, found.join('\n'));
    assert.is(found[0]?.split(': ', 1)[0], path);
  });
}

adapterSuite(otlp, {
  test,
  config: { metrics: [{ ...counter, instance: 'sample', labels: ['user'] }] },
  instances: { metric: [{ name: 'sample', value: 1, dimensions: { user: 'zoe' } }] },
});

test.run();
