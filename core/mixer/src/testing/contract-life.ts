import assert from 'node:assert/strict';
import type { AnyAdapter } from '../adapter.ts';
import type { ContractCase } from './contract.ts';
import { fakeEnv } from './fake-env.ts';
import { resourcesLeft } from './open-resources.ts';
import { createdInTime, createPatience, neverAnswers } from './silence.ts';
import { closeHandler, type Trial } from './trial.ts';

/** How its handlers come into being, follow one another and end. */
export function lifeCases(adapter: AnyAdapter, trial: Trial): readonly ContractCase[] {
  return [
    {
      name: 'creates a handler while its backend is down',
      async run() {
        for (const fetch of [refusesConnections, neverAnswers]) {
          await using env = await trial.environment({ fetch });
          const creating = trial.create(env);
          const handler = await createdInTime(creating, env);
          // What still waits is aborted with the environment, and may fail as it likes.
          if (handler === undefined) creating.catch(() => {});
          assert.ok(
            handler,
            `create() does not end within ${createPatience / 1000} s while its backend is silent`,
          );
          await closeHandler(handler);
        }
      },
    },
    {
      name: 'leaves no timer or socket of its own open once closed',
      async run() {
        const use = () => trial.living(async (handler, env) => void (await trial.askAll(handler, env)));
        const left = await resourcesLeft(() => trial.ending(use));
        assert.deepEqual(left, []);
      },
    },
    {
      name: 'may be closed twice',
      async run() {
        await using env = await trial.environment();
        const handler = await trial.create(env).catch(() => undefined);
        if (handler === undefined) return;
        await closeHandler(handler);
        await assert.doesNotReject(closeHandler(handler), 'the second close() failed');
      },
    },
    {
      name: 'does nothing more once closed',
      async run() {
        const env = await trial.environment();
        const handler = await trial.create(env).catch(() => undefined);
        if (handler !== undefined) await closeHandler(handler);
        await env.close();
        const said = env.logged.length;
        const changes = env.changes;
        await env.clock.advance(24 * 3_600_000);
        const later = JSON.stringify(env.logged.slice(said));
        assert.equal(env.logged.length, said, `logged after close: ${later}`);
        assert.equal(env.changes, changes, 'called changed() after close');
        assert.deepEqual(env.open(), []);
      },
    },
    {
      name: 'lives beside its successor while a reload swaps them, in either order of closing',
      async run() {
        for (const oldFirst of [true, false]) await swap(trial, oldFirst);
      },
    },
    {
      name: 'makes and closes the services it offers',
      async run() {
        for (const service of adapter.services) {
          await using env = fakeEnv();
          const made = await service.create(env);
          await service.close?.(made);
        }
      },
    },
  ];
}

async function swap(trial: Trial, oldFirst: boolean): Promise<void> {
  const oldEnv = await trial.environment();
  const newEnv = oldEnv.reloaded();
  const oldHandler = await trial.create(oldEnv).catch(() => undefined);
  if (oldHandler === undefined) return void (await oldEnv.close());
  const newHandler = await trial.create(newEnv);
  await trial.askAll(oldHandler, oldEnv);
  await trial.askAll(newHandler, newEnv);
  const [first, firstEnv, last, lastEnv] = oldFirst
    ? ([oldHandler, oldEnv, newHandler, newEnv] as const)
    : ([newHandler, newEnv, oldHandler, oldEnv] as const);
  const before = await trial.askAll(last, lastEnv);
  await closeHandler(first);
  await firstEnv.close();
  const after = await trial.askAll(last, lastEnv);
  const failing = after.find(
    ({ failure }, index) => failure !== undefined && before[index]?.failure === undefined,
  );
  assert.equal(failing, undefined, `the other's end broke it: ${failing?.told}: ${failing?.failure}`);
  await closeHandler(last);
  await lastEnv.close();
  assert.deepEqual(lastEnv.open(), []);
}

const refusesConnections: typeof fetch = () => Promise.reject(new TypeError('fetch failed: nobody listens'));
