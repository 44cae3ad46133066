import { Bag, PlainMap, unreadable, type Value, type ValueType, type Vocabulary } from '@krater/mixer';
import { globalWords } from '../words/global-words.ts';
import type { FieldReader } from './field-reader.ts';
import { ipFromBytes } from './ip-bytes.ts';
import { readTime } from './times.ts';
import { readWord, wordAt } from './word-decoder.ts';

/** Entries of all maps of one message. */
const mostEntries = 10_000;

/** The typed maps of CompressedAttributes, by field number, and which types their values may be. */
const maps: readonly (readonly [name: string, types: readonly ValueType[]] | undefined)[] = [
  ...[undefined, undefined],
  ['strings', ['STRING', 'DNS_NAME', 'EMAIL_ADDRESS', 'URI']],
  ['int64s', ['INT64']],
  ['doubles', ['DOUBLE']],
  ['bools', ['BOOL']],
  ['timestamps', ['TIMESTAMP']],
  ['durations', ['DURATION']],
  ['bytes', ['IP_ADDRESS']],
  ['string_maps', ['STRING_MAP']],
];

/**
 * Reads istio.mixer.v1.CompressedAttributes straight into the slots of bags. Attributes that the vocabulary does not
 * declare are left out, because proxies send more than a configuration reads; a value whose type is not the declared one
 * is there and unreadable, so that no rule mistakes it for an absent one.
 */
export class AttributeDecoder {
  readonly vocabulary: Vocabulary;
  readonly #slotByGlobalWord: readonly (number | undefined)[];

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.#slotByGlobalWord = globalWords.map(word => vocabulary.slotOf(word));
  }

  /**
   * `knownGlobalWords` is how many the sender uses; `defaultWords` those of a message that brings none. `before` is what
   * the values stand over: those of the record before, where only differences are sent.
   */
  decode(reader: FieldReader, knownGlobalWords: number, defaultWords: readonly string[], before?: Bag): Bag {
    const bag = new Bag(this.vocabulary);
    if (before !== undefined) for (const [slot, value] of before.values.entries()) bag.values[slot] = value;
    const words = wordsOf(reader, defaultWords);
    const seenIn: (string | undefined)[] = [];
    let entries = 0;
    while (reader.next()) {
      const known = maps[reader.field];
      if (known === undefined) {
        reader.skip();
        continue;
      }
      const [name, types] = known;
      if (++entries > mostEntries) throw reader.fault(name, `has more than ${mostEntries} entries`);
      this.#entry(reader, reader.field, name, types, { bag, words, knownGlobalWords, seenIn });
    }
    return bag;
  }

  #entry(
    outer: FieldReader,
    field: number,
    name: string,
    types: readonly ValueType[],
    { bag, words, knownGlobalWords, seenIn }: Decoding,
  ): void {
    const reader = outer.message(name);
    let index = 0;
    let value: Value | undefined = empty(field);
    while (reader.next()) {
      if (reader.field === 1) index = reader.sint32('key');
      else if (reader.field === 2) value = read(reader, field, words, knownGlobalWords);
      else reader.skip();
    }
    const slot =
      index >= 0 && index < knownGlobalWords
        ? this.#slotByGlobalWord[index]
        : this.vocabulary.slotOf(wordAt(index, words, knownGlobalWords, reader, 'key'));
    if (slot === undefined) return;
    const { name: attribute, type } = this.vocabulary.declarations[slot] as { name: string; type: ValueType };
    const before = seenIn[slot];
    if (before !== undefined && before !== name)
      throw outer.fault(name, `has the attribute "${attribute}", which is in "${before}" too`);
    seenIn[slot] = name;
    const text =
      value === undefined && field === 2 ? wordAt(0, words, knownGlobalWords, reader, 'value') : value;
    bag.values[slot] = types.includes(type) ? (text ?? unreadable) : unreadable;
  }
}

interface Decoding {
  readonly bag: Bag;
  readonly words: readonly string[];
  readonly knownGlobalWords: number;
  /** By slot: the map in which an attribute was. */
  readonly seenIn: (string | undefined)[];
}

/** A message's own words, wherever in it they stand; the reader is back at its start. */
function wordsOf(reader: FieldReader, defaultWords: readonly string[]): readonly string[] {
  const start = reader.position;
  let words: string[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) {
      words ??= [];
      readWord(reader, words, 'words');
    } else reader.skip();
  }
  reader.position = start;
  return words ?? defaultWords;
}

/** The value of an entry that says none: the zero of its type. Undefined for a text, whose word 0 is one like any other. */
function empty(field: number): Value | undefined {
  if (field === 5) return false;
  if (field === 9) return new PlainMap();
  return field === 2 || field === 8 ? undefined : 0;
}

function read(
  reader: FieldReader,
  field: number,
  words: readonly string[],
  knownGlobalWords: number,
): Value | undefined {
  switch (field) {
    case 2:
      return wordAt(reader.sint32('value'), words, knownGlobalWords, reader, 'value');
    case 3:
      return reader.int64('value');
    case 4:
      return reader.double('value');
    case 5:
      return reader.bool('value');
    case 8:
      return ipFromBytes(reader.bytes('value'));
    case 9:
      return readMap(reader.message('value'), words, knownGlobalWords);
    default:
      return readTime(reader.message('value'));
  }
}

function readMap(reader: FieldReader, words: readonly string[], knownGlobalWords: number): Value {
  const map: Record<string, string> = new PlainMap();
  let entries = 0;
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    if (++entries > mostEntries) throw reader.fault('entries', `has more than ${mostEntries} entries`);
    const entry = reader.message('entries');
    let key = 0;
    let value = 0;
    while (entry.next()) {
      if (entry.field === 1) key = entry.sint32('key');
      else if (entry.field === 2) value = entry.sint32('value');
      else entry.skip();
    }
    map[wordAt(key, words, knownGlobalWords, entry, 'key')] = wordAt(
      value,
      words,
      knownGlobalWords,
      entry,
      'value',
    );
  }
  return map;
}

const decoders = new WeakMap<Vocabulary, AttributeDecoder>();

/** One decoder for each vocabulary: making it costs more than using it. */
export function attributeDecoder(vocabulary: Vocabulary): AttributeDecoder {
  let decoder = decoders.get(vocabulary);
  if (decoder === undefined) {
    decoder = new AttributeDecoder(vocabulary);
    decoders.set(vocabulary, decoder);
  }
  return decoder;
}
