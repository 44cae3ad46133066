import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, type Timers } from '@krater/mixer';
import { type FakeEnv, fakeEnv, type QuotaWorld } from '@krater/mixer/testing';

/** Milliseconds by which clocks may differ that read the same time, and timers come early. */
const grain = 5;

/** The same environment, but its time is the real one. */
export function realEnvOf(fake: FakeEnv): FakeEnv {
  const timers: Timers = {
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    every: () => {
      throw new Error('nothing here repeats itself');
    },
  };
  const reloaded: FakeEnv['reloaded'] = options => realEnvOf(fake.reloaded(options)) as never;
  return { ...fake, clock: systemClock as FakeEnv['clock'], timers, reloaded };
}

/** A world in which time passes by itself. */
export function realWorld(): QuotaWorld {
  const fake = fakeEnv();
  return {
    env: realEnvOf(fake),
    later: milliseconds => delay(milliseconds + grain),
    close: () => fake.close(),
  };
}
