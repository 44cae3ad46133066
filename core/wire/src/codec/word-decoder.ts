import { globalWords } from '../words/global-words.ts';
import type { FieldReader } from './field-reader.ts';

/** Words of one record, or of one answer. */
const mostWords = 10_000;
/** Words that the records of a report may share. */
export const mostDefaultWords = 65_536;
/** Bytes of one word. */
const longestWord = 131_072;
/** Bytes of a message up to which its words may share one text, and so keep all of it while one of them is kept. */
const shared = 4_096;

/**
 * The words of a message, wherever in it they stand; the reader is back at its start. Undefined where there are none.
 * `name` is the field's, `words[]`.
 */
export function readWords(
  reader: FieldReader,
  field: number,
  name: string,
  most = mostWords,
): string[] | undefined {
  const { buffer, start, end } = reader;
  let whole: string | undefined;
  let words: string[] | undefined;
  while (reader.next()) {
    if (reader.field !== field) {
      reader.skip();
      continue;
    }
    words ??= [];
    if (words.length >= most) throw reader.fault(name, `has more than ${most} words`);
    const { position } = reader;
    const from = reader.span(name);
    if (end - start <= shared && isAscii(buffer, from, reader.position)) {
      whole ??= buffer.toString('latin1', start, end);
      words.push(whole.substring(from - start, reader.position - start));
    } else {
      reader.position = position;
      words.push(reader.text(name, longestWord));
    }
  }
  reader.rewind();
  return words;
}

/** The text of a number, as {@link WordEncoder} gives them out. */
export function wordAt(index: number, words: readonly string[], reader: FieldReader, name: string): string {
  const word = index >= 0 ? globalWords[index] : words[-index - 1];
  if (word === undefined) throw reader.fault(name, `has the word ${index}, which is in no dictionary`);
  return word;
}

function isAscii(buffer: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if ((buffer[index] as number) >= 0x80) return false;
  return true;
}
