import type { AnyAdapter } from '../adapter.ts';
import { algorithmCases, allocationCases, commonCases, type QuotaCase } from './quota-cases.ts';
import { fakeWorld, type QuotaWorld, tryQuota } from './quota-world.ts';

export interface QuotaSuiteOptions {
  /** Registers one test: uvu's `suite('…')`, or `test` of another runner. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** Params of the handler beside `quotas`, as an operator writes them. */
  readonly params?: object;
  /** Makes the world of one case; one with a fake clock if left out. A backend with a clock of its own needs a real one. */
  readonly world?: () => QuotaWorld;
}

/** How often a case is tried on a machine that stood still. */
const mostTries = 5;

/**
 * What every adapter for the template `quota` does that takes `quotas` and `dedupTime` as memquota does, whatever it
 * counts in: the same cases for each algorithm. No case says how fast anything is.
 *
 * @example
 * const test = suite('memquota');
 * quotaSuite(memquota, { test });
 * test.run();
 */
export function quotaSuite(
  adapter: AnyAdapter,
  { test, params = {}, world = fakeWorld }: QuotaSuiteOptions,
): void {
  const register = (what: string, { name, quota, within = Infinity, ...one }: QuotaCase) =>
    test(`${what}: ${name}`, async () => {
      for (let tries = 1; ; tries++) {
        let took = 0;
        try {
          await tryQuota(adapter, { quota, params: { ...params, ...one.params } }, world(), async trial => {
            const began = trial.now();
            try {
              await one.run(trial);
            } finally {
              took = trial.now() - began;
            }
          });
          return;
        } catch (error) {
          if (took < within || tries === mostTries) throw error;
        }
      }
    });
  for (const [algorithm, own] of Object.entries(algorithmCases)) {
    for (const one of [...commonCases, ...own])
      register(algorithm, { ...one, quota: { ...one.quota, algorithm } });
  }
  for (const one of allocationCases) register('allocation', one);
}
