import type { AnyAdapter } from '../adapter.ts';
import { declarationCases } from './contract-declaration.ts';
import { handlingCases } from './contract-handling.ts';
import { lifeCases } from './contract-life.ts';
import { Trial, type TrialOptions } from './trial.ts';

/** One clause of the contract. A broken adapter fails the clause that it breaks, and no other. */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * The cases of {@link adapterSuite}, for runners of other shapes: what an adapter declares, how it answers, how it lives.
 *
 * @example for (const { name, run } of adapterContract(adapter, { config })) test(name, run);
 */
export function adapterContract(adapter: AnyAdapter, options: TrialOptions = {}): readonly ContractCase[] {
  const trial = new Trial(adapter, options);
  const cases = [
    ...declarationCases(adapter, trial, options),
    ...handlingCases(trial, options),
    ...lifeCases(adapter, trial),
  ];
  return cases.map(({ name, run }) => ({ name, run: () => trial.ending(run) }));
}
