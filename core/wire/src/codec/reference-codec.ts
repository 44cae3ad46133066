import type { Reference, Vocabulary } from '@krater/mixer';
import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';
import { readWords, wordAt } from './word-decoder.ts';
import { WordEncoder } from './word-encoder.ts';

/** ReferencedAttributes.AttributeMatch.Condition. */
const absence = 1;
const exact = 2;

/** References in one answer. */
const mostReferences = 10_000;

/**
 * Writes what istio.mixer.v1.ReferencedAttributes can say: attributes, and single keys of maps. Whether a map is there at
 * all, and whole maps, it cannot: there 0 means both "no key" and the first global word.
 */
export function writeReferences(
  writer: FieldWriter,
  field: number,
  references: readonly Reference[],
  knownGlobalWords: number,
  vocabulary: Vocabulary,
): void {
  const words = new WordEncoder(knownGlobalWords);
  const message = writer.begin(field);
  for (const reference of references) {
    if (isOfMap(reference, vocabulary)) continue;
    const { name, key, present } = reference;
    const match = writer.begin(2);
    writer.sint32(1, words.index(name));
    writer.uint32(2, present ? exact : absence);
    if (key !== undefined) writer.sint32(4, words.index(key));
    writer.end(match);
  }
  for (const word of words.words) writer.text(1, word);
  writer.end(message);
}

/** A reference to a whole map, or to whether there is one. */
export function isOfMap({ name, key }: Reference, vocabulary: Vocabulary): boolean {
  return key === undefined && vocabulary.get(name)?.type === 'STRING_MAP';
}

export function readReferences(reader: FieldReader): readonly Reference[] {
  const words = readWords(reader, 1, 'words[]') ?? [];
  const references: Reference[] = [];
  while (reader.next()) {
    if (reader.field !== 2) {
      reader.skip();
      continue;
    }
    if (references.length >= mostReferences)
      throw reader.fault('attribute_matches[]', `has more than ${mostReferences} entries`);
    references.push(readMatch(reader.message('attribute_matches[]'), words));
  }
  return references;
}

function readMatch(reader: FieldReader, words: readonly string[]): Reference {
  let name = 0;
  let key: number | undefined;
  let condition = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.sint32('name');
    else if (reader.field === 2) condition = reader.uint32('condition');
    else if (reader.field === 4) key = reader.sint32('map_key');
    else reader.skip();
  }
  if (condition !== absence && condition !== exact)
    throw reader.fault('condition', `is ${condition}, which is neither ABSENCE nor EXACT`);
  const word = (index: number, field: string) => wordAt(index, words, reader, field);
  const present = condition === exact;
  return key === undefined
    ? { name: word(name, 'name'), present }
    : { name: word(name, 'name'), key: word(key, 'map_key'), present };
}
