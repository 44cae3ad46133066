import type { AnyAdapter } from '../adapter.ts';
import type { Service } from '../token.ts';
import { adapterContract } from './contract.ts';
import type { SampleInstance } from './sample.ts';

export interface AdapterSuiteOptions {
  /** Registers one test: uvu's `suite('…')`, or `test` of another runner. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** A configuration that works, as an operator writes it; `{}` if left out. */
  readonly config?: unknown;
  /** Instances to call the handlers with, by template; made up from the template's fields if left out. */
  readonly instances?: { readonly [template: string]: readonly SampleInstance[] };
  /** Answers in the place of an HTTP backend, for adapters that ask one by `env.fetch`. */
  readonly fetch?: typeof fetch;
  /**
   * Makes a configuration whose backend is at the given `127.0.0.1:PORT`, which accepts every connection and never
   * answers: for backends that are not reached by `env.fetch`, which is made as slow by itself.
   */
  readonly slow?: (address: string) => unknown;
  /** What the adapter needs and does not offer itself. */
  readonly services?: readonly Service[];
}

/**
 * The contract that every adapter keeps, as tests: a broken adapter fails the clause that it breaks. Register it beside
 * the adapter's own; a test runs for two seconds of real time at most where a handler never answers.
 *
 * @example
 * const test = suite('denylist');
 * adapterSuite(denylist, { test, config: { entries: ['a'] } });
 * test.run();
 */
export function adapterSuite(adapter: AnyAdapter, { test, ...options }: AdapterSuiteOptions): void {
  for (const { name, run } of adapterContract(adapter, options)) test(`contract: ${name}`, run);
}
