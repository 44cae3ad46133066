import { Bag, PlainMap, unreadable, type Value, type ValueType, type Vocabulary } from '@krater/mixer';
import { globalWords } from '../words/global-words.ts';
import { type FieldReader, unzigzag } from './field-reader.ts';
import { ipFromBytes } from './ip-bytes.ts';
import { readDuration, readTimestamp } from './times.ts';
import { readWords, wordAt } from './word-decoder.ts';

/** Entries of all maps of one message. */
const mostEntries = 10_000;

/** The typed maps of CompressedAttributes, by field number. */
const maps = [
  ...['', '', 'strings[]', 'int64s[]', 'doubles[]', 'bools[]'],
  ...['timestamps[]', 'durations[]', 'bytes[]', 'string_maps[]'],
];
const fieldByType: Readonly<Record<ValueType, number>> = {
  STRING: 2,
  DNS_NAME: 2,
  EMAIL_ADDRESS: 2,
  URI: 2,
  INT64: 3,
  DOUBLE: 4,
  BOOL: 5,
  TIMESTAMP: 6,
  DURATION: 7,
  IP_ADDRESS: 8,
  STRING_MAP: 9,
};

/**
 * Reads istio.mixer.v1.CompressedAttributes straight into the slots of bags. Attributes that the vocabulary does not
 * declare are left out, because proxies send more than a configuration reads; a value whose type is not the declared one
 * is there and unreadable, so that no rule mistakes it for an absent one.
 *
 * Hot path: held to 0.6 times the time of protobufjs by spec/bench/codec.ts.
 */
export class AttributeDecoder {
  readonly #vocabulary: Vocabulary;
  readonly #slotByGlobalWord: readonly (number | undefined)[];
  readonly #fieldBySlot: readonly number[];
  /** By slot: the map in which an attribute was, and in which message. */
  readonly #seen: Float64Array;
  #message = 0;
  #entries = 0;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#slotByGlobalWord = globalWords.map(word => vocabulary.slotOf(word));
    this.#fieldBySlot = vocabulary.declarations.map(({ type }) => fieldByType[type]);
    this.#seen = new Float64Array(vocabulary.size);
  }

  /**
   * `defaultWords` are those of a message that brings none. `before` is what the values stand over: those of the record
   * before, where only differences are sent.
   */
  decode(reader: FieldReader, defaultWords: readonly string[], before?: Bag): Bag {
    const bag = new Bag(this.#vocabulary);
    const { values } = bag;
    if (before !== undefined)
      for (let slot = 0; slot < values.length; slot++) values[slot] = before.values[slot];
    const words = readWords(reader, 1, 'words[]') ?? defaultWords;
    this.#message++;
    this.#entries = 0;
    while (reader.next()) {
      const { field } = reader;
      if (field < 2 || field > 9) {
        reader.skip();
        continue;
      }
      this.#countEntry(reader, maps[field] as string);
      if (field <= 5 && field !== 4 && reader.pair()) this.#pair(reader, field, words, values);
      else this.#entry(reader, field, words, values);
    }
    return bag;
  }

  /** An entry of two small numbers, as most are. */
  #pair(reader: FieldReader, field: number, words: readonly string[], values: (Value | undefined)[]): void {
    const slot = this.#slotOf(unzigzag(reader.key), words, reader, `${maps[field]}.key`);
    let value: Value = reader.value;
    if (field === 2) value = wordAt(unzigzag(value), words, reader, 'strings[].value');
    else if (field === 5) value = value !== 0;
    if (slot !== undefined) this.#put(slot, field, value, values, reader);
  }

  #entry(outer: FieldReader, field: number, words: readonly string[], values: (Value | undefined)[]): void {
    const reader = outer.message(maps[field] as string);
    let index = 0;
    let value: Value | undefined;
    let given = false;
    while (reader.next()) {
      if (reader.field === 1) index = reader.sint32('key');
      else if (reader.field === 2) {
        value = this.#read(reader, field, words);
        given = true;
      } else reader.skip();
    }
    if (!given) value = field === 2 ? wordAt(0, words, reader, 'value') : zeros[field]?.();
    const slot = this.#slotOf(index, words, reader, 'key');
    if (slot !== undefined) this.#put(slot, field, value, values, outer);
  }

  #slotOf(index: number, words: readonly string[], reader: FieldReader, name: string): number | undefined {
    if (index >= 0 && index < globalWords.length) return this.#slotByGlobalWord[index];
    return this.#vocabulary.slotOf(wordAt(index, words, reader, name));
  }

  #put(
    slot: number,
    field: number,
    value: Value | undefined,
    values: (Value | undefined)[],
    reader: FieldReader,
  ): void {
    const seen = this.#seen[slot] as number;
    const mark = this.#message * 16 + field;
    if (seen !== mark && seen >= this.#message * 16) {
      const names = [seen % 16, field].map(map => `"${maps[map]?.replace('[]', '')}"`);
      const { name } = this.#vocabulary.declarations[slot] as { name: string };
      throw reader.fault('', `has the attribute "${name}" in ${names.join(' and in ')}`);
    }
    this.#seen[slot] = mark;
    values[slot] = this.#fieldBySlot[slot] === field && value !== undefined ? value : unreadable;
  }

  #read(reader: FieldReader, field: number, words: readonly string[]): Value | undefined {
    switch (field) {
      case 2:
        return wordAt(reader.sint32('value'), words, reader, 'value');
      case 3:
        return reader.int64('value');
      case 4:
        return reader.double('value');
      case 5:
        return reader.bool('value');
      case 6:
        return readTimestamp(reader.message('value'));
      case 7:
        return readDuration(reader.message('value'));
      case 8:
        return ipFromBytes(reader.buffer, reader.span('value'), reader.position);
      default:
        return this.#readMap(reader.message('value'), words);
    }
  }

  #readMap(reader: FieldReader, words: readonly string[]): Value {
    const map: Record<string, string> = new PlainMap();
    while (reader.next()) {
      if (reader.field !== 1) {
        reader.skip();
        continue;
      }
      this.#countEntry(reader, 'entries[]');
      let key = 0;
      let value = 0;
      if (reader.pair()) {
        key = unzigzag(reader.key);
        value = unzigzag(reader.value);
      } else {
        const entry = reader.message('entries[]');
        while (entry.next()) {
          if (entry.field === 1) key = entry.sint32('key');
          else if (entry.field === 2) value = entry.sint32('value');
          else entry.skip();
        }
      }
      const name = wordAt(key, words, reader, 'entries[].key');
      map[name] = wordAt(value, words, reader, 'entries[].value');
    }
    return map;
  }

  #countEntry(reader: FieldReader, name: string): void {
    if (++this.#entries > mostEntries) throw reader.fault(name, `has more than ${mostEntries} entries`);
  }
}

/** The value of an entry that says none, by field number; an address has none. */
const zeros: readonly ((() => Value) | undefined)[] = [
  ...[undefined, undefined, undefined],
  () => 0,
  () => 0,
  () => false,
  () => 0,
  () => 0,
  undefined,
  () => new PlainMap(),
];

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
