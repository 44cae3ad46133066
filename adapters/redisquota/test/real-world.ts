import { setTimeout as delay } from 'node:timers/promises';
import { type BaseEnv, systemClock, type Timers } from '@krater/mixer';
import { type FakeEnv, fakeEnv, type QuotaWorld } from '@krater/mixer/testing';

/** Milliseconds by which clocks may differ that read the same time, and timers come early. */
const grain = 5;

/** An environment that records, and whose time is the real one. */
export function realEnv(): BaseEnv & Pick<FakeEnv, 'logged' | 'measured'> {
  return realEnvOf(fakeEnv());
}

function realEnvOf(fake: FakeEnv): FakeEnv {
  const timers: Timers = {
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    every: () => {
      throw new Error('nothing here repeats itself');
    },
  };
  return { ...fake, clock: systemClock as FakeEnv['clock'], timers };
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
