import { type ClientHttp2Stream, constants } from 'node:http2';
import type { CallFailure } from '../transport.ts';
import { unusable } from './failures.ts';
import { failureOfTrailers } from './grpc-status.ts';
import { MessageReader } from './message-frames.ts';

/** Who hears of one call. `onEnd` is called once: with nothing if the server's status was OK. */
export interface CallListener {
  onMessage(message: Buffer): void;
  onEnd(failure: CallFailure | undefined): void;
}

/** What it means that a stream is closed without a status: `http` is the status of HTTP, `error` that of the stream. */
export type WhyClosed = (
  stream: ClientHttp2Stream,
  http: number | undefined,
  error: Error | undefined,
) => CallFailure;

/**
 * One gRPC call on an HTTP/2 stream: messages, then the status. Hot: the stream of Node costs ten times what is added
 * here.
 */
export class Http2Call {
  readonly #stream: ClientHttp2Stream;
  readonly #listener: CallListener;
  #http: number | undefined;
  #ended = false;

  constructor(stream: ClientHttp2Stream, replyBytes: number, listener: CallListener, whyClosed: WhyClosed) {
    this.#stream = stream;
    this.#listener = listener;
    const reader = new MessageReader(replyBytes, message => {
      if (!this.#ended) listener.onMessage(message);
    });
    stream.on('response', (headers, flags) => {
      this.#http = headers[':status'];
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
        this.#end(failureOfTrailers(headers, this.#http));
    });
    stream.on('data', (chunk: Buffer) => {
      if (this.#ended || this.#http !== 200) return;
      const problem = reader.read(chunk);
      if (problem !== undefined) this.cancel(unusable(problem.code, problem.message));
    });
    stream.on('trailers', trailers => {
      const failure = failureOfTrailers(trailers, this.#http);
      const isShort = failure === undefined && reader.partial;
      this.#end(isShort ? unusable('INTERNAL', 'the answer ends within a message') : failure);
    });
    let problem: Error | undefined;
    stream.on('error', error => {
      problem = error;
    });
    stream.on('close', () => {
      if (!this.#ended) this.#end(whyClosed(stream, this.#http, problem));
    });
  }

  /** Ends the call from our side, and tells the server. */
  cancel(failure: CallFailure): void {
    if (this.#ended) return;
    this.#end(failure);
    this.abandon();
  }

  /** Tells the server that nobody waits any more. */
  abandon(): void {
    this.#ended = true;
    if (this.#stream.pending) this.#stream.destroy();
    else this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #end(failure: CallFailure | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.onEnd(failure);
  }
}
