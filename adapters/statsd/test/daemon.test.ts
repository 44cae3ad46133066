import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { statsdDaemon } from './daemon.ts';
import { counter, reporter, shape } from './reporter.ts';

const test = suite('statsd beside the original daemon');

const metrics = [
  { ...counter, name: 'requests.{destination}.{code}' },
  { instance: 'level', name: 'level.{pod}', kind: 'gauge' },
  { instance: 'latency', name: 'latency', kind: 'timing' },
];
const instances = [
  shape({ destination: 'STRING', code: 'INT64' }),
  shape({ pod: 'STRING' }, { name: 'level', value: 'DOUBLE' }),
  shape({}, { name: 'latency', value: 'DURATION' }),
];

for (const transport of ['udp', 'tcp', 'unix'] as const) {
  test(`is understood over ${transport}: every kind, and names that hold what a caller chose`, async () => {
    await using daemon = await statsdDaemon();
    const address =
      transport === 'unix' ? `unix://${daemon.path}` : `${transport}://127.0.0.1:${daemon.port}`;
    const one = await reporter({ address, metrics }, instances);
    for (let call = 0; call < 1_000; call++) one.tell(1, { destination: 'ratings', code: 200 });
    one.tell(2.5, { destination: 'a.b:7|c\n/ä', code: 503 });
    one.tell(7, { pod: 'a' }, 'level');
    one.tell(-3, { pod: 'a' }, 'level');
    one.tell(1e-7, { pod: 'b' }, 'level');
    for (const microseconds of [500, 1_500_000]) one.tell(microseconds, {}, 'latency');
    await one.close();
    assert.is(one.figure('acknowledged'), 1_006);
    assert.is(one.figure('lost'), 0);
    const timers = await daemon.until('timers', ({ 'krater.latency': told }) => told?.length === 2);
    assert.equal([...(timers['krater.latency'] ?? [])], [0.5, 1_500]);
    const counters = await daemon.counters();
    assert.is(counters['krater.requests.ratings.200'], 1_000);
    assert.is(counters['krater.requests.a_b_7_c___.503'], 2.5);
    assert.is(counters['statsd.bad_lines_seen'], 0);
    const gauges = await daemon.gauges();
    assert.is(gauges['krater.level.a'], -3, 'set, not lowered by three');
    assert.is(gauges['krater.level.b'], 1e-7);
  });
}

test('is counted in full where values are left out on purpose', async () => {
  await using daemon = await statsdDaemon();
  let turn = 0;
  const one = await reporter(
    { address: `udp://localhost:${daemon.port}`, metrics: [{ ...counter, sampleRate: 0.25 }] },
    [shape()],
    () => (turn++ % 4) / 4,
  );
  for (let call = 0; call < 400; call++) one.tell(1);
  await one.close();
  assert.is(one.figure('sampled_out'), 300);
  const counters = await daemon.until('counters', told => told['krater.requests'] !== undefined);
  assert.is(counters['krater.requests'], 400);
});

test.run();
