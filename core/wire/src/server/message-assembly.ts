import type { CallRefusal } from './call.ts';

const prefix = 5;

/**
 * The one message of a unary call: a byte of flags, four of length, and the message. What comes in one piece, as nearly
 * all do, is not copied.
 */
export class MessageAssembly {
  readonly #most: number;
  #held: Buffer | undefined;
  #size = 0;
  #length = -1;

  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes that wait for the rest. */
  get size(): number {
    return this.#size;
  }

  get isWhole(): boolean {
    return this.#length >= 0 && this.#size === prefix + this.#length;
  }

  /** The next piece; what is wrong with it, if anything. */
  add(chunk: Buffer): CallRefusal | undefined {
    this.#hold(chunk);
    const held = this.#held as Buffer;
    if (this.#length < 0) {
      if (this.#size < prefix) return undefined;
      this.#length = held.readUInt32BE(1);
      if (held[0] !== 0)
        return { code: 'UNIMPLEMENTED', message: 'the request is compressed; send it as it is' };
      if (this.#length > this.#most)
        return {
          code: 'RESOURCE_EXHAUSTED',
          message: `the request has ${this.#length} bytes; at most ${this.#most} are taken`,
        };
    }
    if (this.#size > prefix + this.#length)
      return { code: 'UNIMPLEMENTED', message: 'more than one message in a unary call' };
    return undefined;
  }

  /** The message, if nothing else is to come. */
  complete(): Buffer | CallRefusal {
    if (!this.isWhole)
      return { code: 'INVALID_ARGUMENT', message: 'the request ends before its message does' };
    return (this.#held as Buffer).subarray(prefix, this.#size);
  }

  /** Twice the room whenever it runs out: pieces of one byte must not cost more than their bytes. */
  #hold(chunk: Buffer): void {
    const size = this.#size + chunk.length;
    if (this.#held === undefined) this.#held = chunk;
    else {
      if (this.#held.length < size) {
        const room = Buffer.allocUnsafe(
          Math.min(Math.max(size, 2 * this.#held.length), Math.max(size, prefix + this.#most)),
        );
        this.#held.copy(room, 0, 0, this.#size);
        this.#held = room;
      }
      chunk.copy(this.#held, this.#size);
    }
    this.#size = size;
  }
}

/** A message as a DATA frame carries it. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefix + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, prefix);
  return frame;
}
