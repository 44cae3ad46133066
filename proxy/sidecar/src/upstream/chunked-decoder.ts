import { MalformedResponse } from './response-head.ts';

const maxLine = 4096;
const maxTrailers = 16384;
const sizeLine = /^([0-9A-Fa-f]{1,13})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/;
const trailerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Takes the chunked coding of RFC 9112 §7.1 off a body as it arrives. Strict: CRLF only, hex digits only, extensions are
 * read over; lines and trailers are bounded.
 */
export class ChunkedDecoder {
  /** Name, value, name, value …; complete once {@link ChunkedDecoder.push} has found the end. */
  readonly trailers: string[] = [];
  #state: 'size' | 'data' | 'after-data' | 'trailers' = 'size';
  #line = '';
  #left = 0;
  #trailerBytes = 0;

  /**
   * Hands every piece of data to `data`. Returns the offset after the end of the body, or -1 while it goes on.
   *
   * @throws MalformedResponse
   */
  push(input: Buffer, data: (piece: Buffer) => void): number {
    let at = 0;
    while (at < input.length) {
      if (this.#state === 'data') {
        const end = Math.min(input.length, at + this.#left);
        data(at === 0 && end === input.length ? input : input.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = 'after-data';
        continue;
      }
      const feed = input.indexOf(0x0a, at);
      const end = feed < 0 ? input.length : feed + 1;
      this.#line += input.toString('latin1', at, end);
      at = end;
      if (this.#line.length > maxLine) throw new MalformedResponse('a chunk line is too long');
      if (feed < 0) return -1;
      if (!this.#line.endsWith('\r\n')) throw new MalformedResponse('a chunk line ends in a bare line feed');
      const line = this.#line.slice(0, -2);
      this.#line = '';
      if (this.#take(line)) return at;
    }
    return -1;
  }

  /** One line outside the data; true for the last of the body. */
  #take(line: string): boolean {
    if (this.#state === 'after-data') {
      if (line !== '') throw new MalformedResponse('a chunk is longer than it says');
      this.#state = 'size';
      return false;
    }
    if (this.#state === 'size') {
      const match = sizeLine.exec(line);
      if (match === null) throw new MalformedResponse('bad chunk size');
      this.#left = Number.parseInt(match[1] as string, 16);
      this.#state = this.#left === 0 ? 'trailers' : 'data';
      return false;
    }
    if (line === '') return true;
    this.#trailerBytes += line.length;
    const match = trailerLine.exec(line);
    if (match === null || this.#trailerBytes > maxTrailers) throw new MalformedResponse('bad trailers');
    this.trailers.push(match[1] as string, (match[2] as string).trimEnd());
    return false;
  }
}
