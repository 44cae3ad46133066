import { tmpdir } from 'node:os';
import { join } from 'node:path';
import statsd from '@krater/adapter-statsd';
import { adapterSuite, configMistakes } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../src/address.ts';
import { datagramReader, parsePacket, streamReader } from './receivers.ts';
import { counter, reporter, shape } from './reporter.ts';

const test = suite('statsd');
const dogstatsd = { dialect: 'dogstatsd' };

test('speaks DogStatsD: tags, histograms, distributions, rates, negative gauges', async () => {
  await using daemon = await datagramReader();
  const one = await reporter(
    {
      ...dogstatsd,
      address: `udp://127.0.0.1:${daemon.port}`,
      prefix: '',
      tags: { env: 'prod' },
      metrics: [
        { ...counter, tags: ['user', 'code'] },
        { ...counter, name: 'sizes', kind: 'histogram', sampleRate: 0.5 },
        { ...counter, name: 'sizes.all', kind: 'distribution' },
        { ...counter, name: 'level', kind: 'gauge' },
      ],
    },
    [shape({ user: 'STRING', code: 'INT64' }, { value: 'DOUBLE' })],
    () => 0.4,
  );
  one.tell(-2, { user: 'zoë,|#\n b', code: 503 });
  await one.close();
  await daemon.until(4);
  const env = 'env:prod';
  assert.equal(daemon.metrics(), [
    { name: 'requests', value: -2, type: 'c', rate: 1, tags: [env, 'user:zoë_____b', 'code:503'] },
    { name: 'sizes', value: -2, type: 'h', rate: 0.5, tags: [env] },
    { name: 'sizes.all', value: -2, type: 'd', rate: 1, tags: [env] },
    { name: 'level', value: -2, type: 'g', rate: 1, tags: [env] },
  ]);
});

test('packs as many metrics into a packet as fit, and never more', async () => {
  await using daemon = await datagramReader();
  const one = await reporter({ address: `udp://127.0.0.1:${daemon.port}`, packet: 200 });
  for (let value = 0; value < 100; value++) one.tell(value);
  await one.close();
  await daemon.until(100);
  assert.equal(
    daemon.metrics().map(({ value }) => value),
    Array.from({ length: 100 }, (_, value) => value),
  );
  const lengths = daemon.packets.map(packet => Buffer.byteLength(packet));
  assert.ok(lengths.every(length => length <= 200));
  const full = lengths.filter(length => length + 'krater.requests:99|c\n'.length > 200);
  assert.ok(full.length >= lengths.length - 2, `of ${lengths}`);
});

test('sends what waits after the flush time', async () => {
  await using daemon = await datagramReader();
  const one = await reporter({ address: `udp://127.0.0.1:${daemon.port}`, flush: '2s' });
  one.tell(1);
  await one.env.clock.advance(1_999);
  assert.is(daemon.packets.length, 0);
  await one.env.clock.advance(1);
  await daemon.until(1);
  await one.close();
});

test('folds what exceeds the series budget, counts it and names the widest dimension', async () => {
  await using daemon = await datagramReader();
  const one = await reporter(
    {
      ...dogstatsd,
      address: `udp://127.0.0.1:${daemon.port}`,
      metrics: [{ ...counter, name: 'requests.{path}', tags: ['code'], maxSeries: 2 }],
    },
    [shape({ path: 'STRING', code: 'INT64' })],
  );
  for (let call = 0; call < 5; call++) one.tell(1, { path: `/${call}`, code: 200 });
  await one.close();
  await daemon.until(5);
  assert.equal(
    daemon.metrics().map(({ name, tags }) => `${name} ${tags}`),
    [
      'krater.requests._0 code:200',
      'krater.requests._1 code:200',
      ...Array(3).fill('krater.requests._overflow code:_overflow'),
    ],
  );
  assert.is(one.figure('folded'), 3);
  const [warning] = one.env.logged.filter(({ message }) => message.startsWith('the series budget'));
  assert.equal(warning?.fields, { metric: 'requests.{path}', maxSeries: 2, widestLabel: 'path' });
});

test('refuses values that are no finite number, and writes integers beyond the safe ones', async () => {
  await using daemon = await datagramReader();
  const one = await reporter({ address: `udp://127.0.0.1:${daemon.port}` });
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 'unknown', 2n ** 62n]) one.tell(value);
  await one.close();
  await daemon.until(1);
  assert.is(one.figure('refused'), 3);
  assert.equal(daemon.metrics()[0]?.value, 2 ** 62);
});

test('frames packets with their length on a stream socket of a Datadog Agent', async () => {
  const path = join(tmpdir(), `krater-dogstatsd-${process.pid}.sock`);
  await using agent = await streamReader({ path });
  const one = await reporter({ ...dogstatsd, address: `unix://${path}`, packet: 100 });
  for (let value = 0; value < 20; value++) one.tell(value);
  await one.settled(15);
  await one.close();
  while (agent.connections.size > 0) await new Promise(setImmediate);
  const values: number[] = [];
  for (let bytes = agent.bytes(); bytes.length > 0; ) {
    const length = bytes.readUInt32LE();
    assert.ok(length <= 100);
    values.push(...parsePacket(bytes.subarray(4, 4 + length).toString()).map(({ value }) => value));
    bytes = bytes.subarray(4 + length);
  }
  assert.equal(
    values,
    Array.from({ length: 20 }, (_, value) => value),
  );
});

test('reads addresses, and nothing that only looks like one', () => {
  assert.equal(parseAddress('udp://[::1]:8125'), { transport: 'udp', host: '::1', port: 8125 });
  assert.equal(parseAddress('tcp://statsd.local:1'), { transport: 'tcp', host: 'statsd.local', port: 1 });
  assert.equal(parseAddress('unix:///run/dsd.sock'), { transport: 'unix', path: '/run/dsd.sock' });
  for (const text of ['udp://a', 'udp://a:0', 'udp://a:65536', 'http://a:1', 'unix://a', 'udp://a:1/x', ''])
    assert.is(parseAddress(text), undefined, text);
});

const refused: [code: string, metric: object, instance: object][] = [
  ['STATSD_BAD_LABEL', { ...counter, name: 'requests.{user}' }, shape({ source: 'STRING' })],
  ['STATSD_BAD_LABEL', { ...counter, name: 'requests.{took}' }, shape({ took: 'DURATION' })],
  ['STATSD_BAD_VALUE', counter, shape({}, { value: 'STRING' })],
  ['STATSD_NO_METRIC', { ...counter, instance: 'reqests' }, shape()],
];
for (const [code, metric, instance] of refused) {
  test(`refuses with ${code} what the rules cannot feed`, async () => {
    const error = await reporter({ metrics: [metric] }, [instance as never]).then(String, error => error);
    assert.is(error.code, code);
    assert.ok(error.hint);
  });
}

const mistakes: [path: string, config: object][] = [
  ['address', { address: 'localhost:8125' }],
  ['queue', { queue: '1KiB' }],
  ['tags', { tags: { env: 'prod' } }],
  ['metrics.0.tags', { metrics: [{ ...counter, tags: ['user'] }] }],
  ['metrics.0.tags.1', { ...dogstatsd, metrics: [{ ...counter, tags: ['user', 'user'] }] }],
  ['metrics.0.kind', { metrics: [{ ...counter, kind: 'histogram' }] }],
  ['metrics.0.name', { metrics: [{ ...counter, name: 'a b' }] }],
  ['metrics.0', { metrics: [{ ...counter, kind: 'gauge', sampleRate: 0.5 }] }],
  ['metrics.0.sampleRate', { metrics: [{ ...counter, sampleRate: 0 }] }],
];
for (const [path, config] of mistakes) {
  test(`finds the mistake at ${path} in ${JSON.stringify(config)}`, () => {
    const found = configMistakes(statsd, config);
    assert.is(found.length, 1, found.join('\n'));
    assert.is(found[0]?.split(': ', 1)[0], path);
  });
}

adapterSuite(statsd, {
  test,
  config: { ...dogstatsd, metrics: [{ ...counter, instance: 'sample', tags: ['user'] }] },
  instances: { metric: [{ name: 'sample', value: 1, dimensions: { user: 'zoe' } }] },
});

test.run();
