import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { counter, exporter, metricShape } from './exporter.ts';
import { type Reply, receiver } from './receiver.ts';

const test = suite('otlp loss');

test('accounts for every log entry while the collector is killed and started again under load', async () => {
  const first = await receiver();
  await using one = await exporter({
    endpoint: first.endpoint,
    batch: { logs: '4KiB', logQueue: '64KiB' },
    timeout: '2s',
  });
  one.logMany(300);
  await one.settled('logs', 100);
  await first.kill();
  for (let round = 1; round <= 50; round++) {
    one.logMany(1_000, round * 1_000);
    await one.env.clock.advance(50, { wait: false });
  }
  assert.ok(one.figure('logs_lost') > 45_000, 'what does not fit into 64 KiB is lost at once');
  await using second = await receiver({ port: first.port });
  await one.settled('logs', 50_300);
  await one.close();
  assert.is(one.figure('logs_acknowledged') + one.figure('logs_lost'), 50_300);
  assert.is(first.logs.length + second.logs.length, one.figure('logs_acknowledged'));
  assert.ok(second.logs.length > 0);
});

test('tries again where the status says so, not before Retry-After', async () => {
  const replies: Reply[] = [
    { status: 429, headers: { 'retry-after': '5' } },
    { status: 503, headers: { 'retry-after': 'Tue, 01 Jan 2030 00:00:08 GMT' } },
    { status: 502 },
    {},
  ];
  await using collector = await receiver({ reply: () => replies.shift() ?? {} });
  await using one = await exporter({ endpoint: collector.endpoint, timeout: '60s', batch: { delay: '1ms' } });
  const start = one.env.clock.now();
  one.logMany(5);
  const triedAt: number[] = [];
  while (one.figure('logs_acknowledged') === 0) {
    await one.env.clock.advance(100, { wait: false });
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    while (triedAt.length < collector.requests.length) triedAt.push(one.env.clock.now() - start);
  }
  await one.close();
  assert.is(triedAt.length, 4);
  const [first = 0, second = 0, third = 0] = triedAt;
  assert.ok(second - first >= 4_900, `${triedAt}`);
  assert.ok(third >= 7_900, `${triedAt}`);
  assert.is(one.figure('logs_lost'), 0);
});

test('loses what is refused, and what is not taken within the timeout', async () => {
  let status = 400;
  await using collector = await receiver({ reply: () => ({ status }) });
  await using one = await exporter({ endpoint: collector.endpoint, timeout: '3s' });
  one.logMany(5);
  await one.settled('logs', 5);
  assert.is(collector.requests.length, 1);
  status = 503;
  one.logMany(5);
  await one.settled('logs', 10);
  assert.ok(collector.requests.length > 2);
  assert.equal([one.figure('logs_acknowledged'), one.figure('logs_lost')], [0, 10]);
  await one.close();
});

for (const protocol of ['protobuf', 'json']) {
  test(`counts what a partial success says was not taken (${protocol})`, async () => {
    await using collector = await receiver({ reply: () => ({ rejected: 3 }) });
    await using one = await exporter(
      { endpoint: collector.endpoint, protocol, metrics: [{ ...counter, labels: ['n'] }] },
      [
        metricShape({ n: 'INT64' }),
        { name: 'access', template: 'logentry', types: { variables: { n: 'INT64' } } },
      ],
    );
    one.logMany(10);
    for (let n = 0; n < 5; n++) one.tell(1, { n });
    await one.close();
    assert.equal([one.figure('logs_acknowledged'), one.figure('logs_lost')], [7, 3]);
    assert.equal([one.figure('points_acknowledged'), one.figure('points_lost')], [2, 3]);
  });

  test(`believes the status where the answer is nonsense or endless (${protocol})`, async () => {
    for (const body of [Buffer.from('\xff\xff\xff{', 'latin1'), Buffer.alloc(1 << 20, 0x0a)]) {
      await using collector = await receiver({ reply: () => ({ body }) });
      await using one = await exporter({ endpoint: collector.endpoint, protocol });
      one.logMany(10);
      await one.close();
      assert.equal([one.figure('logs_acknowledged'), one.figure('logs_lost')], [10, 0]);
    }
  });
}

test('follows no redirect', async () => {
  await using elsewhere = await receiver();
  await using collector = await receiver({
    reply: () => ({ status: 307, headers: { location: `${elsewhere.endpoint}/v1/logs` } }),
  });
  await using one = await exporter({ endpoint: collector.endpoint });
  one.logMany(1);
  await one.close();
  assert.is(one.figure('logs_lost'), 1);
  assert.is(elsewhere.requests.length, 0);
});

test('does not wait for a collector that never answers', async () => {
  const { promise: never, resolve } = Promise.withResolvers<Reply>();
  await using collector = await receiver({ reply: () => never });
  await using one = await exporter({ endpoint: collector.endpoint });
  one.logMany(12);
  one.tell(1);
  const closed = one.close();
  await one.env.clock.advance(2_000, { wait: false });
  await closed;
  assert.equal([one.figure('logs_lost'), one.figure('points_lost')], [12, 1]);
  resolve({});
});

test('bounds the data points that wait, and keeps the totals right when the collector is back', async () => {
  const gone = await receiver();
  await gone.kill();
  await using one = await exporter(
    {
      endpoint: gone.endpoint,
      interval: '1s',
      timeout: '2s',
      metrics: [{ ...counter, labels: ['n'] }],
      batch: { points: 50, pointQueue: 200 },
    },
    [metricShape({ n: 'INT64' })],
  );
  let produced = 0;
  for (let round = 0; round < 30; round++) {
    for (let n = 0; n < 100; n++) one.tell(1, { n });
    await one.env.clock.advance(1_000, { wait: false });
    produced += 100;
  }
  assert.ok(one.figure('points_lost') >= produced - 200 - 50 * 2, `${one.figure('points_lost')}`);
  await using back = await receiver({ port: gone.port });
  await one.settled('points', produced + 500);
  await one.close();
  const last = back.metrics.flatMap(({ sum }) => sum?.dataPoints ?? []).slice(-50);
  assert.ok(last.every(({ asDouble }) => asDouble === 30));
});

test.run();
