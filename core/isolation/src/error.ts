import { KraterError } from '@krater/documents';
import type { Code } from './codes.ts';

export function isolationError(code: Code, message: string, details?: { hint?: string }): KraterError {
  return new KraterError(code, message, details);
}
