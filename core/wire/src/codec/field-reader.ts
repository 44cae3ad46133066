import { isUtf8 } from 'node:buffer';
import { KraterError } from '@krater/documents';
import type { codes } from '../codes.ts';

/** Nested messages deeper than this are none of ours. */
const deepest = 8;
/** Fields of one message, known or not. */
const mostFields = 200_000;

/**
 * Reads the fields of one protobuf message, strictly: lengths stay within the message, a field has its wire type, texts
 * are UTF-8, there is an end to depth and numbers. Whatever is wrong is WIRE_BAD_MESSAGE and names the field by its path.
 * Never allocates by what a length claims. Of a field that is there twice the last counts, messages included: no writer
 * sends one in parts.
 *
 * Names of repeated fields end in `[]`; in an error they get the place of the element: `attributes.strings[3].key`.
 *
 * Hot path: see spec/bench/codec.ts.
 */
export class FieldReader {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  position: number;
  /** The number of the field that {@link next} has found, and its wire type. */
  field = 0;
  type = 0;
  /** What {@link pair} has read. */
  key = 0;
  value = 0;
  #fields = 0;
  /** Where the present field begins. */
  #tag = 0;
  readonly #depth: number;
  readonly #outer: FieldReader | undefined;
  readonly #name: string;
  readonly #outerField: number;
  readonly #outerTag: number;

  constructor(buffer: Buffer, start = 0, end = buffer.length, outer?: FieldReader, name = '') {
    this.buffer = buffer;
    this.start = start;
    this.position = start;
    this.end = end;
    this.#outer = outer;
    this.#name = name;
    this.#depth = outer === undefined ? 0 : outer.#depth + 1;
    this.#outerField = outer === undefined ? 0 : outer.field;
    this.#outerTag = outer === undefined ? 0 : outer.#tag;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    const { position } = this;
    if (position >= this.end) return false;
    this.#tag = position;
    const first = this.buffer[position] as number;
    let tag = first;
    if (first < 0x80) this.position = position + 1;
    else tag = this.#varint32('', 'has a field');
    this.field = tag >>> 3;
    this.type = tag & 7;
    if (this.field === 0) throw this.fault('', 'has a field of the number 0');
    if (++this.#fields > mostFields) throw this.fault('', `has more than ${mostFields} fields`);
    return true;
  }

  /** Back to the first field. */
  rewind(): void {
    this.position = this.start;
    this.#fields = 0;
  }

  /** The lower 32 bits of a number. */
  uint32(name: string): number {
    this.#expect(name, 0);
    const first = this.buffer[this.position] as number;
    if (first < 0x80 && this.position < this.end) {
      this.position++;
      return first;
    }
    return this.#varint64(name).low >>> 0;
  }

  bool(name: string): boolean {
    return this.int64(name) !== 0;
  }

  int32(name: string): number {
    return this.uint32(name) | 0;
  }

  /** A zigzag number of 32 bits. */
  sint32(name: string): number {
    return unzigzag(this.uint32(name));
  }

  /** A number while it is safe, a bigint beyond. */
  int64(name: string): number | bigint {
    this.#expect(name, 0);
    const first = this.buffer[this.position] as number;
    if (first < 0x80 && this.position < this.end) {
      this.position++;
      return first;
    }
    const { low, high } = this.#varint64(name);
    const number = high * 0x1_0000_0000 + (low >>> 0);
    return Number.isSafeInteger(number) ? number : (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  double(name: string): number {
    this.#expect(name, 1);
    const { position } = this;
    this.#advance(name, 8);
    return this.buffer.readDoubleLE(position);
  }

  /** A text of at most so many bytes. */
  text(name: string, longest = Infinity): string {
    const start = this.span(name);
    const { buffer, position } = this;
    if (position - start > longest) throw this.fault(name, `has more than ${longest} bytes`);
    const text = buffer.toString('utf8', start, position);
    // What is no UTF-8 becomes this character, which a text may also hold by itself.
    if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, position)))
      throw this.fault(name, 'is no UTF-8');
    return text;
  }

  /** A reader of the message in this field. */
  message(name: string): FieldReader {
    if (this.#depth >= deepest) throw this.fault(name, 'is nested too deeply');
    const start = this.span(name);
    return new FieldReader(this.buffer, start, this.position, this, name);
  }

  /** Goes to the end of a text, of bytes or of a message, and answers where it begins. */
  span(name: string): number {
    this.#expect(name, 2);
    const first = this.buffer[this.position] as number;
    let length = first;
    if (first < 0x80) this.position++;
    else length = this.#varint32(name, 'has a length');
    const start = this.position;
    this.#advance(name, length);
    return start;
  }

  /**
   * An entry of a map from numbers to numbers, in the form that all writers give it while both are below 2^28: into
   * {@link key} and {@link value}. False for any other form, which is then still to be read as a message.
   */
  pair(): boolean {
    const { buffer, end } = this;
    let at = this.position;
    const length = buffer[at++] as number;
    const last = at + length;
    if (this.type !== 2 || length > 10 || last > end || buffer[at++] !== 0x08) return false;
    let byte = buffer[at++] as number;
    let key = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 21) return false;
      byte = buffer[at++] as number;
      key |= (byte & 0x7f) << shift;
    }
    if (buffer[at++] !== 0x10) return false;
    byte = buffer[at++] as number;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 21) return false;
      byte = buffer[at++] as number;
      value |= (byte & 0x7f) << shift;
    }
    if (at !== last) return false;
    this.position = at;
    this.key = key;
    this.value = value;
    return true;
  }

  /** Passes over a field that nobody here knows. */
  skip(): void {
    if (this.type === 2) this.span('');
    else if (this.type === 0) this.int64('');
    else if (this.type === 1) this.#advance('', 8);
    else if (this.type === 5) this.#advance('', 4);
    else throw this.fault('', `has a field ${this.field} of the wire type ${this.type}`);
  }

  fault(name: string, problem: string): KraterError {
    const code: keyof typeof codes = 'WIRE_BAD_MESSAGE';
    const path = this.#path(this.#placed(name, this.field, this.#tag));
    return new KraterError(code, `${path === '' ? 'the message' : `field "${path}"`} ${problem}`);
  }

  /** The path of a field of this message. */
  #path(name: string): string {
    if (this.#outer === undefined) return name;
    const own = this.#outer.#path(this.#outer.#placed(this.#name, this.#outerField, this.#outerTag));
    return name === '' || own === '' ? own + name : `${own}.${name}`;
  }

  /** Only an error needs the place of an element, so that it is counted only then. */
  #placed(name: string, field: number, tag: number): string {
    if (!name.includes('[]')) return name;
    const before = new FieldReader(this.buffer, this.start, this.end);
    let place = 0;
    for (; before.position < tag && before.next(); before.skip()) if (before.field === field) place++;
    return name.replace('[]', `[${place}]`);
  }

  #expect(name: string, type: number): void {
    if (this.type !== type) throw this.fault(name, `has the wire type ${this.type} instead of ${type}`);
  }

  #advance(name: string, bytes: number): void {
    if (bytes > this.end - this.position) throw this.fault(name, 'is cut off');
    this.position += bytes;
  }

  #varint32(name: string, what: string): number {
    const { low, high } = this.#varint64(name);
    if (high !== 0) throw this.fault(name, `${what} of more than 32 bits`);
    return low >>> 0;
  }

  #varint64(name: string): { readonly low: number; readonly high: number } {
    const { buffer, end } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) throw this.fault(name, 'is cut off');
      const byte = buffer[this.position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte >= 0x80) continue;
      if (shift === 63 && byte > 1) break;
      return { low, high };
    }
    throw this.fault(name, 'is a number of more than 64 bits');
  }
}

export function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
