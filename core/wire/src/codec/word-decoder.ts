import { globalWords } from '../words/global-words.ts';
import type { FieldReader } from './field-reader.ts';

/** Words in one message. */
const mostWords = 10_000;

/** Reads one more word of a list. */
export function readWord(reader: FieldReader, words: string[], name: string): void {
  if (words.length >= mostWords) throw reader.fault(name, `has more than ${mostWords} words`);
  words.push(reader.text(`${name}[${words.length}]`));
}

/** The text of a number, as {@link WordEncoder} gives them out. */
export function wordAt(
  index: number,
  words: readonly string[],
  knownGlobalWords: number,
  reader: FieldReader,
  name: string,
): string {
  const word = index >= 0 ? (index < knownGlobalWords ? globalWords[index] : undefined) : words[-index - 1];
  if (word === undefined) throw reader.fault(name, `has the word ${index}, which is in no dictionary`);
  return word;
}
