import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeEnv } from '../../src/testing/index.ts';

const test = suite('fakeEnv');

test('runs timers in the order of their times, and waits for what they start', async () => {
  await using env = fakeEnv();
  const ran: string[] = [];
  const started = env.clock.now();
  env.timers.after(50, () => ran.push(`once at ${env.clock.now() - started}`));
  const every = env.timers.every(30, async () => {
    await Promise.resolve();
    ran.push(`every at ${env.clock.now() - started}`);
  });
  await env.clock.advance(65);
  assert.equal(ran, ['every at 30', 'once at 50', 'every at 60']);
  every[Symbol.dispose]();
  await env.clock.advance(100);
  assert.is(ran.length, 3);
  assert.equal(env.open(), []);
});

test('logs what a timer throws and keeps its period', async () => {
  await using env = fakeEnv();
  env.timers.every(10, () => {
    throw new Error('broken');
  });
  await env.clock.advance(25);
  assert.equal(
    env.logged.map(({ message }) => message),
    ['a timer failed', 'a timer failed'],
  );
});

test('records the log, the metrics and changes', async () => {
  await using env = fakeEnv({ handler: 'mine' });
  env.log.warn('watch out', { depth: 3 });
  const counter = env.metrics.counter('seen', '');
  counter.add();
  counter.add(2);
  env.metrics.gauge('size', '').set(7);
  env.changed();
  assert.equal(env.logged, [{ level: 'warn', message: 'watch out', fields: { depth: 3 } }]);
  assert.equal(
    [...env.measured],
    [
      ['seen', 3],
      ['size', 7],
    ],
  );
  assert.is(env.changes, 1);
});

test('keeps things across a reload of the same handler, and closes them with the last', async () => {
  const closed: string[] = [];
  const first = fakeEnv({ handler: 'mine' });
  const second = first.reloaded();
  const other = fakeEnv({ handler: 'other', keep: first.kept });
  const keep = (env: typeof first) =>
    env.keep(
      'counts',
      () => ({}),
      () => closed.push(env.handler),
    );
  const kept = keep(first);
  assert.is(keep(second), kept);
  assert.is.not(keep(other), kept);
  await first.close();
  assert.equal(closed, []);
  assert.equal(await second.close(), ['kept "counts" of handler "mine"', 'kept "counts" of handler "other"']);
  assert.equal(closed, ['mine']);
  await other.close();
  assert.equal(other.open(), []);
});

test('names what is still open, and ends it', async () => {
  const env = fakeEnv({
    fetch: (_input, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
  });
  env.timers.every(1000, () => {});
  const fetching = env.fetch('http://127.0.0.1:9/list').catch((error: Error) => error.name);
  assert.equal(await env.close(), ['timer every 1000 ms', 'fetch of http://127.0.0.1:9/list']);
  assert.is(await fetching, 'AbortError');
  assert.ok(env.signal.aborted);
  env.timers.after(1, () => assert.unreachable());
  await env.clock.advance(10);
  assert.equal(env.open(), []);
});

test('gives services by the names that the adapter uses', async () => {
  await using env = fakeEnv({ services: { pool: { size: 3 } } });
  assert.is(env.pool.size, 3);
});

test.run();
