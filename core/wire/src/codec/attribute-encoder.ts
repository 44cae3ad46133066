import type { Bag, StringMap, Value, ValueType, Vocabulary } from '@krater/mixer';
import { globalWordIndex } from '../words/global-words.ts';
import type { FieldWriter } from './field-writer.ts';
import { ipToBytes } from './ip-bytes.ts';
import { writeDuration, writeTimestamp } from './times.ts';
import type { WordEncoder } from './word-encoder.ts';

type Write = (writer: FieldWriter, words: WordEncoder, name: number, value: Value) => void;

/**
 * Writes the values of a bag as fields of istio.mixer.v1.CompressedAttributes: one entry of the map of its type for each
 * value that is there. The words are the caller's to write.
 */
export function writeAttributes(writer: FieldWriter, words: WordEncoder, bag: Bag): void {
  const { values, vocabulary } = bag;
  const attributes = attributesOf(vocabulary);
  for (let slot = 0; slot < attributes.length; slot++) {
    const value = values[slot];
    // What could not be read when it came in is a symbol, and is nothing to pass on.
    if (value === undefined || typeof value === 'symbol') continue;
    const { name, global, write } = attributes[slot] as Attribute;
    const index = global < words.globalWords ? global : words.index(name);
    write(writer, words, index, value);
  }
}

interface Attribute {
  readonly name: string;
  /** Its place among the global words; beyond them all where it is none. */
  readonly global: number;
  readonly write: Write;
}

const known = new WeakMap<Vocabulary, readonly Attribute[]>();

function attributesOf(vocabulary: Vocabulary): readonly Attribute[] {
  let attributes = known.get(vocabulary);
  if (attributes === undefined) {
    attributes = vocabulary.declarations.map(({ name, type }) => {
      return { name, global: globalWordIndex.get(name) ?? Infinity, write: writes[type] };
    });
    known.set(vocabulary, attributes);
  }
  return attributes;
}

const text: Write = (writer, words, name, value) => writer.pair(2, name, words.index(String(value)));

const writes: Readonly<Record<ValueType, Write>> = {
  STRING: text,
  DNS_NAME: text,
  EMAIL_ADDRESS: text,
  URI: text,
  INT64: entry(3, (writer, value) => writer.int64(2, value as number | bigint)),
  DOUBLE: entry(4, (writer, value) => writer.double(2, value as number)),
  BOOL: entry(5, (writer, value) => writer.bool(2, value as boolean)),
  TIMESTAMP: entry(6, (writer, value) => writeTimestamp(writer, 2, value as number)),
  DURATION: entry(7, (writer, value) => writeDuration(writer, 2, value as number)),
  IP_ADDRESS: entry(8, (writer, value) => writer.bytes(2, ipToBytes(value as string))),
  STRING_MAP(writer, words, name, value) {
    const outer = writer.begin(9);
    writer.sint32(1, name);
    const map = writer.begin(2);
    const texts = value as StringMap;
    for (const key of Object.keys(texts)) writer.pair(1, words.index(key), words.index(texts[key] as string));
    writer.end(map);
    writer.end(outer);
  },
};

function entry(field: number, write: (writer: FieldWriter, value: Value) => void): Write {
  return (writer, _, name, value) => {
    const outer = writer.begin(field);
    writer.sint32(1, name);
    write(writer, value);
    writer.end(outer);
  };
}
