/** Bytes that a writer begins with; it grows by doubling. */
const firstSize = 4_096;
/** A writer that has grown beyond this lets its bytes go when it has finished. */
const keptSize = 1_048_576;

/**
 * Writes the fields of protobuf messages. One writer serves many messages, one after the other: {@link finish} hands out
 * a copy and begins anew.
 *
 * Hot path: see spec/bench/codec.ts.
 */
export class FieldWriter {
  #buffer = Buffer.allocUnsafeSlow(firstSize);
  #position = 0;

  get length(): number {
    return this.#position;
  }

  uint32(field: number, value: number): void {
    this.#room(15);
    this.#raw(field << 3);
    this.#raw(value >>> 0);
  }

  bool(field: number, value: boolean): void {
    this.uint32(field, value ? 1 : 0);
  }

  /** A zigzag number of 32 bits. */
  sint32(field: number, value: number): void {
    this.uint32(field, zigzag(value));
  }

  int64(field: number, value: number | bigint): void {
    this.#room(15);
    this.#raw(field << 3);
    if (typeof value === 'bigint')
      this.#raw64(Number(BigInt.asUintN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
    else if (value >= 0 && value < 0x8000_0000) this.#raw(value);
    else this.#raw64(value, Math.floor(value / 0x1_0000_0000));
  }

  double(field: number, value: number): void {
    this.#room(16);
    this.#raw((field << 3) | 1);
    this.#position = this.#buffer.writeDoubleLE(value, this.#position);
  }

  text(field: number, text: string): void {
    this.#room(10 + text.length * 3);
    this.#raw((field << 3) | 2);
    const { length } = text;
    if (length < 40) {
      const start = this.#position + 1;
      for (let index = 0; index < length; index++) {
        const code = text.charCodeAt(index);
        if (code >= 0x80) {
          this.#utf8(text);
          return;
        }
        this.#buffer[start + index] = code;
      }
      this.#buffer[this.#position] = length;
      this.#position = start + length;
      return;
    }
    this.#utf8(text);
  }

  bytes(field: number, bytes: ArrayLike<number>): void {
    this.#room(10 + bytes.length);
    this.#raw((field << 3) | 2);
    this.#raw(bytes.length);
    this.#buffer.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Begins a nested message; {@link end} is given what this answers. */
  begin(field: number): number {
    this.#room(11);
    this.#raw((field << 3) | 2);
    return this.#position++;
  }

  /** Writes the length of a nested message in front of it. */
  end(start: number): void {
    const length = this.#position - start - 1;
    if (length < 0x80) {
      this.#buffer[start] = length;
      return;
    }
    const more = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4;
    this.#room(more);
    this.#buffer.copyWithin(start + 1 + more, start + 1, this.#position);
    const end = this.#position + more;
    this.#position = start;
    this.#raw(length);
    this.#position = end;
  }

  /** An entry of a map whose key and value are both numbers of words. */
  pair(field: number, key: number, value: number): void {
    this.#room(20);
    this.#raw((field << 3) | 2);
    const start = this.#position++;
    this.#buffer[this.#position++] = 0x08;
    this.#raw(zigzag(key));
    this.#buffer[this.#position++] = 0x10;
    this.#raw(zigzag(value));
    this.#buffer[start] = this.#position - start - 1;
  }

  /** A copy of what was written. */
  finish(): Buffer {
    const written = Buffer.from(this.#buffer.subarray(0, this.#position));
    this.clear();
    return written;
  }

  clear(): void {
    this.#position = 0;
    if (this.#buffer.length > keptSize) this.#buffer = Buffer.allocUnsafeSlow(firstSize);
  }

  #utf8(text: string): void {
    const length = Buffer.byteLength(text);
    this.#raw(length);
    this.#position += this.#buffer.write(text, this.#position, 'utf8');
  }

  #raw(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#position++] = rest;
  }

  /** The halves of a number of 64 bits. */
  #raw64(low: number, high: number): void {
    let [rest, more] = [low >>> 0, high >>> 0];
    while (more > 0 || rest > 0x7f) {
      this.#buffer[this.#position++] = (rest & 0x7f) | 0x80;
      rest = ((rest >>> 7) | (more << 25)) >>> 0;
      more >>>= 7;
    }
    this.#buffer[this.#position++] = rest;
  }

  #room(bytes: number): void {
    const needed = this.#position + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
