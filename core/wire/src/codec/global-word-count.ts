import { KraterError } from '@krater/documents';
import type { codes } from '../codes.ts';
import { globalWords } from '../words/global-words.ts';

/**
 * Refuses a client that knows more global words than we do, for it may have used them: with the words at which clients
 * of the original fall back to fewer.
 */
export function checkGlobalWords(count: number): void {
  if (count <= globalWords.length) return;
  const code: keyof typeof codes = 'WIRE_UNKNOWN_DICTIONARY';
  throw new KraterError(
    code,
    `Request could not be processed due to invalid global_word_count ${count}: this Mixer knows ${globalWords.length} global words`,
  );
}
