import { FakeClock } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Guard } from '../src/host/guard.ts';
import { RestartDelay } from '../src/host/restart-delay.ts';

const test = suite('guard');

/** Calls through a guard on a clock that the test turns. */
function guarded(limits = { concurrency: 2, queue: 1 }) {
  const clock = new FakeClock();
  const guard = new Guard('limited', limits, () => 1);
  const start = (perform: () => unknown, patience = 50) => {
    const controller = new AbortController();
    const now = clock.now();
    const context = { now, deadline: now + patience, signal: controller.signal };
    const timeOut = () => controller.abort(Object.assign(new Error('too late'), { code: 'HANDLER_TIMEOUT' }));
    try {
      const answer = Promise.resolve(guard.run(perform, context));
      answer.catch(() => {});
      return { answer, timeOut, leave: () => controller.abort(new Error('gone')) };
    } catch (error) {
      const answer = Promise.reject(error);
      answer.catch(() => {});
      return { answer, timeOut, leave() {} };
    }
  };
  const outcome = (call: { readonly answer: Promise<unknown> }) =>
    call.answer.then(
      value => value,
      error => (error as { code?: string }).code ?? (error as Error).message,
    );
  const fail = async (times: number) => {
    for (let time = 0; time < times; time++)
      await outcome(
        start(() => {
          throw new Error('broken');
        }),
      );
  };
  return { clock, guard, start, outcome, fail, state: () => guard.state(clock.now()) };
}

const never = () => new Promise(() => {});

test('answers at once what is answered at once', () => {
  const { guard, clock } = guarded();
  const signal = new AbortController().signal;
  assert.is(
    guard.run(() => 42, { now: clock.now(), deadline: clock.now() + 1, signal }),
    42,
  );
  assert.is(guard.running, 0);
});

test('lets so many in, so many wait in order, and refuses the others', async () => {
  const { guard, start, outcome } = guarded();
  const gates = [Promise.withResolvers(), Promise.withResolvers()];
  const inside = gates.map(gate => start(() => gate.promise));
  const waiting = start(() => 'third');
  assert.equal([guard.running, guard.queued], [2, 1]);
  assert.is(await outcome(start(() => 'fourth')), 'HANDLER_OVERLOADED');
  gates[0]?.resolve('first');
  assert.is(await outcome(waiting), 'third');
  gates[1]?.resolve('second');
  assert.equal(await Promise.all(inside.map(outcome)), ['first', 'second']);
  assert.equal([guard.running, guard.queued, guard.refused.full], [0, 0, 1]);
});

test('takes a call out of the queue whose caller has gone', async () => {
  const { guard, start, outcome } = guarded();
  for (const _ of [1, 2]) start(never);
  let asked = false;
  const waiting = start(() => {
    asked = true;
  });
  waiting.leave();
  assert.is(await outcome(waiting), 'gone');
  assert.equal([guard.queued, asked], [0, false]);
});

test('gives the place of a call up whose deadline has passed, and passes its late answer on', async () => {
  const { guard, start, outcome } = guarded();
  const gate = Promise.withResolvers();
  const late = start(() => gate.promise);
  late.timeOut();
  assert.is(guard.running, 0);
  gate.resolve('late');
  assert.is(await outcome(late), 'late');
  assert.is(guard.running, 0);
});

test('is broken after five failures in a row, tries one call after a pause, and doubles the pause', async () => {
  const { clock, guard, start, outcome, fail, state } = guarded();
  await fail(4);
  assert.is(state(), 'degraded');
  await fail(1);
  assert.is(state(), 'broken');
  assert.is(await outcome(start(() => 1)), 'HANDLER_BROKEN');
  clock.advance(999);
  assert.is(await outcome(start(() => 1)), 'HANDLER_BROKEN');
  clock.advance(1);
  await fail(1);
  clock.advance(1_999);
  assert.is(await outcome(start(() => 1)), 'HANDLER_BROKEN');
  clock.advance(1);
  const gate = Promise.withResolvers();
  const trial = start(() => gate.promise);
  assert.is(await outcome(start(() => 1)), 'HANDLER_BROKEN', 'one trial at a time');
  gate.resolve('cured');
  assert.is(await outcome(trial), 'cured');
  assert.is(state(), 'degraded');
  assert.is(await outcome(start(() => 1)), 1);
  clock.advance(10_000);
  assert.is(state(), 'ready');
  assert.is(guard.refused.broken, 4);
});

test('is not broken by a success between failures', async () => {
  const { start, fail, state } = guarded();
  for (const _ of [1, 2, 3]) {
    await fail(4);
    start(() => 1);
  }
  assert.is(state(), 'degraded');
});

test('takes deadlines for failures, but not those of callers in a hurry, nor callers that leave', async () => {
  const { start, outcome, state } = guarded();
  await outcome(start(async () => 'patient'));
  for (let time = 0; time < 10; time++) start(never, 5).timeOut();
  for (let time = 0; time < 10; time++) start(never).leave();
  assert.is(state(), 'ready');
  for (let time = 0; time < 5; time++) start(never).timeOut();
  assert.is(state(), 'broken');
});

test('pauses before a restart grow, and start anew after it has lived a while', () => {
  const clock = new FakeClock();
  const delay = new RestartDelay({ clock, random: () => 1 });
  const pauses = Array.from({ length: 4 }, () => {
    delay.started();
    return delay.next();
  });
  assert.equal(pauses, [100, 400, 1_600, 6_400]);
  assert.ok(delay.hopeless);
  delay.started();
  assert.ok(delay.unstable);
  clock.advance(10_000);
  assert.not.ok(delay.unstable);
  assert.is(delay.next(), 100);
  assert.not.ok(delay.hopeless);
});

test.run();
