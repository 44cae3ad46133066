import { KraterError } from '@krater/documents';
import type { Code } from './codes.ts';

/** An error of the command line itself: its code is one of {@link Code}. */
export function cliError(
  code: Code,
  message: string,
  details?: { hint?: string; cause?: unknown },
): KraterError {
  return new KraterError(code, message, details);
}
