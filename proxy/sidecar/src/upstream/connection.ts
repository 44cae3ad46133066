import { connect, type Socket } from 'node:net';
import type { Address } from '@krater/config';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { MalformedResponse, parseResponseHead, type ResponseHead } from './response-head.ts';

const maxHead = 65536;
const endOfHead = Buffer.from('\r\n\r\n');

/**
 * What all upstream sockets read into: each read is dealt with before the next one starts, so one buffer serves all, and
 * none is allocated per read.
 */
const readBuffer = Buffer.allocUnsafeSlow(65536);

/** Why a call failed: `connect` before a connection stood, `reset` after, `malformed` if the answer made no sense. */
export type UpstreamFailure = 'connect' | 'reset' | 'malformed';

/** Who wants to hear about one request's response. Calls come in the order given here. */
export interface ResponseListener {
  readonly method: string;
  /** An interim response (1xx). */
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /** `piece` is only lent: whoever keeps it copies it. `last` is certain where true. */
  onData(piece: Buffer, last: boolean): void;
  /** The body is complete; `trailers` are name, value, name, value …. */
  onEnd(trailers: readonly string[]): void;
  /** Instead of onEnd: there will be no (more) response. `answered` says whether any byte of it had arrived. */
  onFailure(failure: UpstreamFailure, answered: boolean): void;
  /** Instead of onHead: the connection has become a tunnel (101); data follows until it ends. */
  onTunnel(head: ResponseHead): void;
  /** The socket takes more of the request's body again. */
  onDrain(): void;
}

/** Where a connection goes when nothing happens on it any more. */
export interface ConnectionOwner {
  /** It can carry another request. */
  onIdle(connection: UpstreamConnection): void;
  onClosed(connection: UpstreamConnection): void;
}

/** One HTTP/1.1 connection to an upstream, one request at a time. */
export class UpstreamConnection {
  /** How many requests it has carried. */
  uses = 0;
  idleSince = 0;
  /** Milliseconds it may stay idle. */
  idleTimeout = Infinity;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  #call: ResponseListener | undefined;
  #head: ResponseHead | undefined;
  #partial: Buffer | undefined;
  #chunked: ChunkedDecoder | undefined;
  #left = 0;
  #connected = false;
  #answered = false;
  #requestSent = false;
  #closed = false;

  constructor(address: Address, connectTimeout: number, owner: ConnectionOwner) {
    this.#owner = owner;
    const onread = {
      buffer: readBuffer,
      callback: (bytes: number) => {
        this.#onData(readBuffer.subarray(0, bytes));
        return true;
      },
    };
    const socket = connect({ host: address.host, port: address.port, noDelay: true, onread });
    this.#socket = socket;
    socket.setTimeout(connectTimeout, () => socket.destroy());
    socket.once('connect', () => {
      this.#connected = true;
      socket.setTimeout(0);
    });
    socket.on('drain', () => this.#call?.onDrain());
    socket.on('end', () => this.#onEnd());
    // Every error is followed by 'close', which is where it is dealt with.
    socket.on('error', () => {});
    socket.on('close', () => this.#onClose());
  }

  get alive(): boolean {
    return !this.#closed && !this.#socket.destroyed && this.#socket.readable;
  }

  /** Sends a request's head; `complete` if no body follows. */
  start(call: ResponseListener, head: string, complete: boolean): void {
    this.uses++;
    this.#call = call;
    this.#head = undefined;
    this.#answered = false;
    this.#requestSent = complete;
    this.#socket.write(head, 'latin1');
  }

  /** Sends a piece of the request's body; false asks to wait for `onDrain`. */
  write(piece: Uint8Array | string): boolean {
    return this.#socket.write(piece as Buffer);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  /** The request's body is complete. */
  finish(): void {
    this.#requestSent = true;
  }

  /** Nothing more will be written; what the upstream still says is heard. */
  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Drops the connection; the call on it hears nothing more. */
  abandon(): void {
    this.#call = undefined;
    this.#leave();
    this.#socket.destroy();
  }

  /** Drops the connection; the call on it fails. */
  destroy(): void {
    this.#socket.destroy();
  }

  #onData(input: Buffer): void {
    try {
      this.#parse(input);
    } catch {
      // Whatever keeps an answer from being read fails this request, and nothing else.
      this.#fail('malformed');
    }
  }

  #parse(input: Buffer): void {
    let rest = input;
    while (rest.length > 0) {
      const call = this.#call;
      // Nobody asked: whatever this is, it must not become the answer to the next request.
      if (call === undefined) {
        this.abandon();
        return;
      }
      this.#answered = true;
      if (this.#head === undefined) {
        const after = this.#parseHead(call, rest);
        if (after === undefined) return;
        rest = after;
        continue;
      }
      if (this.#chunked !== undefined) {
        const end = this.#chunked.push(rest, piece => call.onData(piece, false));
        if (end < 0 || this.#call !== call) return;
        this.#complete(call, this.#chunked.trailers, rest.length === end);
        return;
      }
      if (this.#head.framing === 'close') {
        call.onData(rest, false);
        return;
      }
      const over = rest.length - this.#left;
      const piece = over > 0 ? rest.subarray(0, this.#left) : rest;
      this.#left -= piece.length;
      call.onData(piece, this.#left === 0);
      if (this.#left === 0 && this.#call === call) this.#complete(call, [], over <= 0);
      return;
    }
  }

  /** What follows the head, or undefined if there is nothing to go on with. */
  #parseHead(call: ResponseListener, input: Buffer): Buffer | undefined {
    const all = this.#partial === undefined ? input : Buffer.concat([this.#partial, input]);
    const end = all.indexOf(endOfHead);
    if (end < 0 ? all.length > maxHead : end > maxHead) throw new MalformedResponse('the head is too long');
    this.#partial = end >= 0 ? undefined : all === input ? Buffer.from(input) : all;
    if (end < 0) return undefined;
    const head = parseResponseHead(all.toString('latin1', 0, end), call.method);
    const rest = all.subarray(end + 4);
    if (head.code === 101) {
      if (head.upgrade === undefined) throw new MalformedResponse('101 without an upgrade');
      this.#head = { ...head, framing: 'close' };
      call.onTunnel(head);
      return this.#call === call ? rest : undefined;
    }
    if (head.code < 200) {
      call.onInterim(head);
      return this.#call === call ? rest : undefined;
    }
    this.#head = head;
    this.#left = head.length;
    this.#chunked = head.framing === 'chunked' ? new ChunkedDecoder() : undefined;
    call.onHead(head);
    if (this.#call !== call) return undefined;
    if (head.framing !== 'none' && !(head.framing === 'length' && head.length === 0)) return rest;
    this.#complete(call, [], rest.length === 0);
    return undefined;
  }

  #complete(call: ResponseListener, trailers: readonly string[], clean: boolean): void {
    const head = this.#head as ResponseHead;
    const early = !this.#requestSent;
    this.#call = undefined;
    this.#head = undefined;
    this.#chunked = undefined;
    this.idleTimeout = head.idleTimeout ?? Infinity;
    if (clean && head.keepAlive && !early) this.#release();
    else this.#socket.destroy();
    call.onEnd(trailers);
  }

  #release(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.alive) this.#owner.onIdle(this);
  }

  #onEnd(): void {
    const call = this.#call;
    if (call !== undefined && this.#head?.framing === 'close') {
      this.#call = undefined;
      this.#socket.destroy();
      call.onEnd([]);
    } else {
      this.#socket.destroy();
    }
  }

  #onClose(): void {
    this.#leave();
    this.#fail(this.#connected ? 'reset' : 'connect');
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.onClosed(this);
  }

  #fail(failure: UpstreamFailure): void {
    const call = this.#call;
    this.#call = undefined;
    this.#socket.destroy();
    call?.onFailure(failure, this.#answered);
  }
}
