import type { Validity } from '../result.ts';

/** Where no answer states a validity: 5 seconds and 10,000 uses. */
export const defaultValidity: Validity = { duration: 5_000, uses: 10_000 };

/** The minimum over the answers that state one; the order of answers does not matter. */
export function leastValidity(validities: readonly Validity[]): Validity {
  if (validities.length === 0) return defaultValidity;
  let { duration, uses } = validities[0] as Validity;
  for (const validity of validities) {
    duration = Math.min(duration, validity.duration);
    uses = Math.min(uses, validity.uses);
  }
  return { duration, uses };
}

const key = Symbol.for('krater:validity');

/**
 * Says how long the output of an attributes handler holds; without it the output has no opinion. Answers a copy.
 *
 * @example return lasting({ value: team }, { duration: 60_000 });
 */
export function lasting<O extends object>(output: O, validity: Partial<Validity>): O {
  const value = { duration: Infinity, uses: Infinity, ...validity };
  return Object.defineProperty({ ...output }, key, { value });
}

export function validityOf(output: object): Validity | undefined {
  return (output as { [key]?: Validity })[key];
}
