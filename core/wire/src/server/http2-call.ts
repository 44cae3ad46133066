import type { ServerHttp2Stream } from 'node:http2';
import { type RefusalCode, statusCodes } from '@krater/mixer';
import type { Method } from '../methods.ts';
import { type Call, type CallAnswer, type CallRefusal, isRefusal } from './call.ts';
import type { Caller } from './caller.ts';
import type { Http2Connection } from './http2-connection.ts';
import { framed, MessageAssembly } from './message-assembly.ts';
import type { EndpointCounts } from './statistics.ts';
import type { Watcher, WatchStream } from './watch-hub.ts';

/** As a list, which Node takes as it is; an object it copies for every call. */
const head = [':status', '200', 'content-type', 'application/grpc'];
const withTrailers = { waitForTrailers: true, sendDate: false };
const withoutBody = { endStream: true, sendDate: false };
const succeeded = { 'grpc-status': '0' };
/** NO_ERROR behind an answer tells the peer to stop sending what nobody reads (RFC 9113, 8.1). */
const noError = 0;
const cancel = 8;

/**
 * One call on a stream: its message comes together, is answered once, and the stream ends.
 *
 * Hot path: as few objects and listeners as a call can have.
 */
export class Http2Call implements Call, WatchStream {
  readonly method: Method;
  readonly counts: EndpointCounts;
  readonly deadline: number;
  /** When its head came; once it is answered, when that was. */
  since: number;
  state: 'arriving' | 'waiting' | 'answered' | 'watching' = 'arriving';
  request: Buffer = nothing;
  gone = false;
  readonly #connection: Http2Connection;
  readonly #stream: ServerHttp2Stream;
  readonly #message: MessageAssembly;
  /** Bytes that count as unfinished. */
  #unfinished = 0;
  #whenGone: (() => void) | undefined;
  #watcher: Watcher | undefined;
  #trailers: Record<string, string> = succeeded;

  constructor(
    connection: Http2Connection,
    stream: ServerHttp2Stream,
    method: Method,
    now: number,
    deadline: number,
  ) {
    this.method = method;
    this.counts = connection.counts;
    this.deadline = deadline;
    this.since = now;
    this.#connection = connection;
    this.#stream = stream;
    this.#message = new MessageAssembly(connection.limits.maxMessage);
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('end', () => this.#complete());
    stream.on('close', () => this.#closed());
    stream.on('error', ignore);
  }

  get caller(): Caller {
    return this.#connection.caller;
  }

  whenGone(listener: () => void): void {
    this.#whenGone = listener;
  }

  /** Ends the call without an answer of the service's. */
  refuse(refusal: CallRefusal): void {
    if (this.state === 'answered') return;
    this.counts.count(this.method, refusal.code);
    this.#answer(refusal);
  }

  /** Ends a watch stream, since its connection is to end. */
  leave(): void {
    this.#watcher?.gone();
    this.end(undefined);
  }

  /** For a peer that does not take its answer. */
  cut(): void {
    this.#stream.close(cancel);
  }

  /** The peer has reset the stream, or its connection is lost; Node throws at those who speak to it nevertheless. */
  get #isOver(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  write(message: Buffer): boolean {
    if (this.#isOver) return false;
    this.counts.bytesSent += message.length;
    if (this.state === 'waiting') {
      this.state = 'watching';
      this.#stream.respond(head, withTrailers);
      this.#stream.on('wantTrailers', () => {
        if (!this.#isOver) this.#stream.sendTrailers(this.#trailers);
      });
    }
    if (this.#stream.write(framed(message))) return true;
    this.#stream.once('drain', () => this.#watcher?.ready());
    return false;
  }

  end(refusal: CallRefusal | undefined): void {
    this.counts.count('watch', refusal?.code ?? 'OK');
    this.#settled();
    if (refusal !== undefined) this.#trailers = trailersOf(refusal);
    this.#stream.end();
  }

  #take(chunk: Buffer): void {
    if (this.state !== 'arriving') return;
    const problem = this.#message.add(chunk);
    if (problem !== undefined) this.refuse(problem);
    else if (!this.#message.isWhole) this.#hold(this.#message.size);
  }

  /** A message in pieces takes room of all connections'. */
  #hold(bytes: number): void {
    const { unfinished, limits } = this.#connection;
    unfinished.bytes += bytes - this.#unfinished;
    this.#unfinished = bytes;
    if (unfinished.bytes > limits.maxUnfinished)
      this.refuse({ code: 'RESOURCE_EXHAUSTED', message: 'too many requests have arrived in part' });
  }

  #complete(): void {
    if (this.state !== 'arriving' || this.#isOver) return;
    const message = this.#message.complete();
    if (isRefusal(message)) return void this.refuse(message);
    if (this.#unfinished > 0) this.#hold(0);
    this.request = message;
    this.state = 'waiting';
    if (this.method === 'watch') return void this.#watch();
    const answer = this.#connection.service.serve(this.method, this);
    if (answer instanceof Promise) answer.then(settled => this.#answer(settled));
    else this.#answer(answer);
  }

  #watch(): void {
    const refusal = this.caller.refusal('check');
    if (refusal !== undefined) return void this.refuse(refusal);
    const watcher = this.#connection.hub.add(this);
    if ('code' in watcher) this.refuse(watcher);
    else this.#watcher = watcher;
  }

  #answer(answer: CallAnswer): void {
    if (this.#isOver) return;
    const stream = this.#stream;
    this.#settled();
    if (isRefusal(answer)) {
      stream.respond([...head, ...Object.entries(trailersOf(answer)).flat()], withoutBody);
      if (!stream.readableEnded) stream.close(noError);
      return;
    }
    stream.respond(head, withTrailers);
    stream.on('wantTrailers', sendSucceeded);
    stream.end(framed(answer));
  }

  #settled(): void {
    this.state = 'answered';
    this.since = this.#connection.now();
    if (this.#unfinished > 0) this.#hold(0);
  }

  #closed(): void {
    this.#connection.ended(this);
    if (this.#unfinished > 0) this.#hold(0);
    this.#watcher?.gone();
    // Node's streams outlive their calls until a full collection; what hangs on them should not.
    this.#stream.removeAllListeners();
    this.#stream.on('error', ignore);
    if (this.state === 'answered') return;
    if (this.state !== 'waiting') this.counts.count(this.method, 'CANCELLED');
    this.gone = true;
    this.#whenGone?.();
  }
}

const nothing = Buffer.alloc(0);

function ignore(): void {}

function sendSucceeded(this: ServerHttp2Stream): void {
  if (!this.destroyed && !this.closed) this.sendTrailers(succeeded);
}

/** Percent-encoded as gRPC wants it; a text that is no Unicode is mended first. */
export function trailersOf({ code, message }: { readonly code: RefusalCode; readonly message: string }) {
  return {
    'grpc-status': String(statusCodes[code].number),
    'grpc-message': encodeURI(message.toWellFormed()).replaceAll('%20', ' '),
  };
}
