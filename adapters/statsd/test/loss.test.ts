import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { datagramReader, streamReader } from './receivers.ts';
import { reporter } from './reporter.ts';

const test = suite('statsd loss');

type Reporter = Awaited<ReturnType<typeof reporter>>;

function tellMany(one: Reporter, count: number, from = 0): void {
  for (let value = from; value < from + count; value++) one.tell(value);
}

/** Moves the time on until as many metrics are settled. */
async function settle(one: Reporter, count: number): Promise<void> {
  while (one.figure('acknowledged') + one.figure('lost') < count)
    await one.env.clock.advance(100, { wait: false });
}

test('counts every metric as lost while nothing listens on this machine, and works again once something does', async () => {
  await using gone = await datagramReader();
  await gone.kill();
  const one = await reporter({ address: `udp://127.0.0.1:${gone.port}`, packet: 500 });
  for (let round = 0; round < 50; round++) {
    tellMany(one, 200);
    await one.settled((round + 1) * 200);
  }
  assert.is(one.figure('lost'), 10_000);
  await using daemon = await datagramReader(gone.port);
  tellMany(one, 100);
  await one.settled(10_100);
  await one.close();
  await daemon.until(100);
  assert.is(one.figure('acknowledged'), 100);
  assert.is(one.figure('lost'), 10_000);
  assert.equal(
    one.env.logged.map(({ message }) => message),
    ['the StatsD daemon does not take metrics', 'the StatsD daemon takes metrics again', 'metrics were lost'],
  );
});

test('survives a name that cannot be resolved, within its queue', async () => {
  const one = await reporter({
    address: 'udp://no-such-host.invalid:8125',
    queue: '16KiB',
    timeout: '1s',
  });
  tellMany(one, 5_000);
  assert.ok(one.figure('lost') > 4_000, 'what does not fit into 16 KiB is lost at once');
  await settle(one, 200 + one.figure('lost'));
  await one.close();
  assert.is(one.figure('acknowledged'), 0);
  assert.is(one.figure('lost'), 5_000);
});

test('refuses no start without a daemon, and loses what is left on closing', async () => {
  for (const address of ['tcp://127.0.0.1:1', 'unix:///nowhere/at/all.sock']) {
    const one = await reporter({ address });
    tellMany(one, 100);
    await one.close();
    assert.equal([one.figure('acknowledged'), one.figure('lost')], [0, 100], address);
  }
});

test('connects again after the daemon was killed and started anew', async () => {
  const first = await streamReader();
  const one = await reporter({ address: `tcp://127.0.0.1:${first.port}`, packet: 200 });
  tellMany(one, 100);
  await one.settled(100);
  while (first.text().split('\n').length <= 100) await new Promise(setImmediate);
  await first.kill();
  // What the system takes on the way to a daemon that has just died is beyond counting, so its end must have come through.
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  tellMany(one, 50, 100);
  await new Promise(setImmediate);
  await using second = await streamReader({ port: first.port, host: '127.0.0.1' });
  await settle(one, 150);
  await one.close();
  while (second.connections.size > 0) await new Promise(setImmediate);
  assert.is(one.figure('acknowledged') + one.figure('lost'), 150);
  const delivered = (first.text() + second.text()).split('\n').filter(line => line !== '');
  assert.is(delivered.length, one.figure('acknowledged'));
});

test('keeps its bounds while the daemon reads nothing, and counts the rest as lost', async () => {
  await using daemon = await streamReader({ port: 0, host: '127.0.0.1' }, false);
  const one = await reporter({
    address: `tcp://127.0.0.1:${daemon.port}`,
    packet: 60_000,
    queue: '128KiB',
    timeout: '1s',
  });
  const before = process.memoryUsage().arrayBuffers;
  const produced = 400_000;
  for (let told = 0; told < produced; told += 4_000) {
    tellMany(one, 4_000);
    await new Promise(setImmediate);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 << 20);
  assert.ok(one.figure('lost') > 0);
  const closed = one.close();
  for (let step = 0; step < 40; step++) await one.env.clock.advance(100, { wait: false });
  await closed;
  assert.is(one.figure('acknowledged') + one.figure('lost'), produced);
});

test.run();
