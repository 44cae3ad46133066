/** gRPC's framing of messages: one byte that says whether it is compressed, four of length, the message. */

const prefixBytes = 5;

export function frameMessage(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, prefixBytes);
  return frame;
}

/** What is wrong with the frames of an answer. */
export interface FrameProblem {
  readonly code: 'INTERNAL' | 'RESOURCE_EXHAUSTED';
  readonly message: string;
}

/**
 * Cuts a stream of bytes into messages of at most `limit` bytes. A message that comes in one piece, as nearly all do, is
 * handed on as a part of that piece, without a copy.
 */
export class MessageReader {
  readonly #limit: number;
  readonly #onMessage: (message: Buffer) => void;
  #rest: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number, onMessage: (message: Buffer) => void) {
    this.#limit = limit;
    this.#onMessage = onMessage;
  }

  /** Whether the stream would end within a message if it ended now. */
  get partial(): boolean {
    return this.#bytes > 0;
  }

  read(chunk: Buffer): FrameProblem | undefined {
    this.#bytes += chunk.length;
    let bytes = chunk;
    if (this.#rest.length > 0) {
      this.#rest.push(chunk);
      if (this.#bytes < this.#wanted) return undefined;
      bytes = Buffer.concat(this.#rest);
    }
    let start = 0;
    while (bytes.length - start >= prefixBytes) {
      const length = bytes.readUInt32BE(start + 1);
      if (bytes[start] !== 0)
        return { code: 'INTERNAL', message: 'the answer is compressed or no gRPC message' };
      if (length > this.#limit) {
        return {
          code: 'RESOURCE_EXHAUSTED',
          message: `the answer has ${length} bytes, of at most ${this.#limit}`,
        };
      }
      const end = start + prefixBytes + length;
      if (end > bytes.length) break;
      this.#onMessage(bytes.subarray(start + prefixBytes, end));
      start = end;
    }
    this.#keep(start === 0 ? bytes : bytes.subarray(start));
    return undefined;
  }

  /** How many bytes there must be before it is worth looking again: of a long answer every byte is copied once. */
  #wanted = 0;

  #keep(rest: Buffer): void {
    this.#bytes = rest.length;
    this.#rest = rest.length === 0 ? [] : [rest];
    this.#wanted = prefixBytes + (rest.length < prefixBytes ? 0 : rest.readUInt32BE(1));
  }
}
