import type { KraterError } from '@krater/documents';

/** The error that a promise rejects with; one that resolves fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<KraterError> {
  const outcome = await promise.then(
    () => undefined,
    (error: KraterError) => error,
  );
  if (outcome === undefined) throw new Error('expected a refusal');
  return outcome;
}
