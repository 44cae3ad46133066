import { KraterError } from '@krater/documents';
import type { codes } from '../codes.ts';

/** Nested messages deeper than this are none of ours. */
const deepest = 8;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the fields of one protobuf message, strictly: lengths stay within the message, a field has its wire type, texts
 * are UTF-8. Whatever is wrong is WIRE_BAD_MESSAGE and names the field by its path. Never allocates by what a length
 * claims.
 *
 * Hot path: see spec/bench/codec.ts.
 */
export class FieldReader {
  readonly buffer: Buffer;
  readonly end: number;
  /** Where this message stands: `attributes.strings[3]`; empty for the outermost. */
  readonly path: string;
  readonly depth: number;
  position: number;
  /** The number of the field that {@link next} has found, and its wire type. */
  field = 0;
  type = 0;

  constructor(buffer: Buffer, path = '', position = 0, end = buffer.length, depth = 0) {
    this.buffer = buffer;
    this.path = path;
    this.position = position;
    this.end = end;
    this.depth = depth;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.#varint('');
    this.field = tag >>> 3;
    this.type = tag & 7;
    if (this.field === 0) throw this.fault('', 'has a field of the number 0');
    return true;
  }

  uint32(name: string): number {
    this.#expect(name, 0);
    return this.#varint(name);
  }

  bool(name: string): boolean {
    return this.uint32(name) !== 0;
  }

  /** A zigzag number. */
  sint32(name: string): number {
    const value = this.uint32(name);
    return (value >>> 1) ^ -(value & 1);
  }

  /** A number while it is safe, a bigint beyond. */
  int64(name: string): number | bigint {
    this.#expect(name, 0);
    const { buffer, position } = this;
    const first = buffer[position] as number;
    if (first < 0x80 && position < this.end) {
      this.position++;
      return first;
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.position >= this.end) throw this.fault(name, 'is cut off');
      const byte = buffer[this.position++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, value);
        const number = Number(signed);
        return Number.isSafeInteger(number) ? number : signed;
      }
    }
    throw this.fault(name, 'is a number of more than 64 bits');
  }

  double(name: string): number {
    this.#expect(name, 1);
    if (this.position + 8 > this.end) throw this.fault(name, 'is cut off');
    const value = this.buffer.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  text(name: string): string {
    const length = this.#length(name);
    const { buffer, position } = this;
    const end = position + length;
    this.position = end;
    // Short texts are mostly ASCII, and a loop costs less than a call into the decoder.
    if (length < 64) {
      let text = '';
      for (let index = position; index < end; index++) {
        const byte = buffer[index] as number;
        if (byte >= 0x80) return this.#utf8(name, position, end);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return this.#utf8(name, position, end);
  }

  /** A view, not a copy. */
  bytes(name: string): Buffer {
    const length = this.#length(name);
    const bytes = this.buffer.subarray(this.position, this.position + length);
    this.position += length;
    return bytes;
  }

  /** A reader of the message in this field. */
  message(name: string): FieldReader {
    const length = this.#length(name);
    const start = this.position;
    this.position += length;
    if (this.depth >= deepest) throw this.fault(name, 'is nested too deeply');
    return new FieldReader(this.buffer, this.at(name), start, this.position, this.depth + 1);
  }

  /** Passes over a field that nobody here knows. */
  skip(): void {
    switch (this.type) {
      case 0:
        this.#varint('');
        return;
      case 1:
        this.#advance(8);
        return;
      case 2:
        this.#advance(this.#length(''));
        return;
      case 5:
        this.#advance(4);
        return;
      default:
        throw this.fault('', `has a field ${this.field} of the wire type ${this.type}`);
    }
  }

  /** The path of a field of this message. */
  at(name: string): string {
    return name === '' ? this.path : this.path === '' ? name : `${this.path}.${name}`;
  }

  fault(name: string, problem: string): KraterError {
    const code: keyof typeof codes = 'WIRE_BAD_MESSAGE';
    const path = this.at(name);
    return new KraterError(code, `${path === '' ? 'the message' : `field "${path}"`} ${problem}`);
  }

  #expect(name: string, type: number): void {
    if (this.type !== type) throw this.fault(name, `has the wire type ${this.type} instead of ${type}`);
  }

  #advance(bytes: number): void {
    if (this.position + bytes > this.end) throw this.fault('', 'is cut off');
    this.position += bytes;
  }

  #length(name: string): number {
    this.#expect(name, 2);
    const length = this.#varint(name);
    if (length > this.end - this.position) throw this.fault(name, 'is cut off');
    return length;
  }

  /** The lower 32 bits of a varint. */
  #varint(name: string): number {
    const { buffer, end } = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) throw this.fault(name, 'is cut off');
      const byte = buffer[this.position++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw this.fault(name, 'is a number of more than 64 bits');
  }

  #utf8(name: string, start: number, end: number): string {
    try {
      return decoder.decode(this.buffer.subarray(start, end));
    } catch {
      throw this.fault(name, 'is no UTF-8');
    }
  }
}
