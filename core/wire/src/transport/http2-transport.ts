import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Ambient } from '@krater/mixer';
import { mark } from '../mark.ts';
import type { Method } from '../methods.ts';
import type { CallFailure, CallResult, Transport, TransportLimits, TransportOptions } from '../transport.ts';
import { cancelled, connectionLost, deadlineExceeded, inWords, unusable } from './failures.ts';
import { failureOfHttp, failureOfReset } from './grpc-status.ts';
import { type CallListener, Http2Call, type WhyClosed } from './http2-call.ts';
import { defaultLimits } from './limits.ts';
import { frameMessage } from './message-frames.ts';
import { parseMixerAddress } from './mixer-address.ts';
import { Pulse } from './pulse.ts';
import { RequestHeaders } from './request-headers.ts';
import { openSocket } from './socket.ts';

/** Megabytes that requests in flight may take, in Node's accounting of a session. */
const sessionMegabytes = 64;
/** Milliseconds that the last words on a connection have to be sent: Node would wait for ever, though nobody may be there. */
const linger = 500;
const noOptions = {};

/**
 * gRPC spoken directly on `node:http2`, to any gRPC server. A call takes a third of the processor time of a stock
 * `@grpc/grpc-js` call, at most 60 µs (`npm run bench wire-client`), and all that one turn of the event loop asks for
 * leaves in one write: Node sees to that itself, and test/transport/http2-transport.test.ts to that it stays so.
 *
 * @throws KraterError WIRE_BAD_ADDRESS
 * @example
 * const transport = openHttp2Transport({ address: '127.0.0.1:9091', ambient: systemAmbient });
 * const result = await transport.call('check', request, 100);
 */
export function openHttp2Transport(options: TransportOptions): Transport {
  return new Http2Transport(options);
}

class Http2Transport implements Transport {
  readonly kind = 'http2';
  readonly #options: TransportOptions;
  readonly #limits: TransportLimits;
  readonly #socket: Duplex;
  readonly #session: ClientHttp2Session;
  readonly #headers: RequestHeaders;
  readonly #after: Ambient['after'];
  readonly #pulse: Pulse;
  readonly #watches = new Set<Http2Call>();
  readonly #closed: Promise<void>;
  readonly #cancelConnect: () => void;
  /** Of those that the server has read, said by its GOAWAY. */
  #lastStream = Infinity;
  #calls = 0;
  #active = 0;
  #whenIdle: (() => void) | undefined;
  #state: Transport['state'] = 'connecting';
  #why: CallFailure = connectionLost('the connection was closed', 'no');

  constructor(options: TransportOptions) {
    this.#options = options;
    const { ambient, tls } = options;
    const address = parseMixerAddress(options.address);
    const limits = { ...defaultLimits, ...options.limits };
    this.#limits = limits;
    this.#headers = new RequestHeaders(
      tls === undefined ? 'http' : 'https',
      tls?.serverName ?? address.authority,
    );
    const socket = options.connect?.() ?? openSocket(address, tls, ambient.random);
    this.#socket = socket;
    // What goes into requests is said by their headers; the URL is only a form to be filled in.
    const session = connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false, customSettings: mark },
      maxSessionMemory: sessionMegabytes,
    });
    this.#session = session;
    this.#after = patient(ambient.after);
    this.#pulse = new Pulse({
      limits,
      after: this.#after,
      ping: pong => !session.destroyed && session.ping(pong),
      onDead: () => this.#break(`the server has given no sign of life for ${limits.pong} ms`),
    });
    this.#cancelConnect = this.#after(limits.connect, () => {
      this.#break(`no sign of HTTP/2 within ${limits.connect} ms`);
    });
    socket.on('error', error => this.#break(inWords(error)));
    session.once('remoteSettings', () => this.#opened());
    session.once('goaway', (_code, lastStream) => {
      this.#lastStream = lastStream;
      this.#end('the server takes no more calls on this connection');
    });
    session.on('error', error => this.#end(inWords(error)));
    this.#closed = new Promise(resolve => {
      session.once('close', () => {
        this.#end('the connection was closed');
        resolve();
      });
    });
  }

  get state(): Transport['state'] {
    return this.#state;
  }

  call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<CallResult> {
    const refusal = this.#refusal(deadline, signal);
    if (refusal !== undefined) return Promise.resolve({ failure: refusal });
    return new Promise(resolve => {
      let reply: Buffer | undefined;
      let replies = 0;
      const call = this.#start(method, request, deadline, {
        onMessage: message => {
          reply = message;
          replies++;
          this.#pulse.heard = true;
        },
        onEnd: failure => {
          cancelTimer();
          signal?.removeEventListener('abort', abort);
          if (failure !== undefined) resolve({ failure });
          else if (reply !== undefined && replies === 1) resolve({ reply });
          else resolve({ failure: unusable('INTERNAL', `the answer has ${replies} messages, not one`) });
        },
      });
      const abort = () => call.cancel(cancelled(this.#sent));
      const cancelTimer = this.#after(deadline, () => {
        call.cancel(deadlineExceeded(deadline, this.#sent));
        this.#pulse.check();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  watch(
    request: Buffer,
    onMessage: (message: Buffer) => void,
    onEnd: (failure: CallFailure) => void,
  ): Disposable {
    const refusal = this.#refusal(Infinity, undefined);
    if (refusal !== undefined) {
      queueMicrotask(() => onEnd(refusal));
      return { [Symbol.dispose]() {} };
    }
    const call = this.#start('watch', request, undefined, {
      onMessage: message => {
        this.#pulse.start();
        this.#pulse.heard = true;
        onMessage(message);
      },
      onEnd: failure => {
        this.#watches.delete(call);
        onEnd(failure ?? connectionLost('the server has ended the stream', 'perhaps'));
      },
    });
    this.#watches.add(call);
    return {
      [Symbol.dispose]: () => {
        if (this.#watches.delete(call)) call.abandon();
      },
    };
  }

  async close(timeout: number): Promise<void> {
    const isConnecting = this.#state === 'connecting';
    this.#end('the connection was closed by its owner');
    for (const call of this.#watches) call.cancel(this.#why);
    let cancelLinger = () => {};
    const destroy = () => {
      this.#session.destroy();
      cancelLinger = this.#options.ambient.after(linger, () => this.#socket.destroy(), 'awaited');
    };
    if (isConnecting || timeout <= 0 || this.#active === 0) destroy();
    // Node's own way to close sends word of it ahead of requests that wait to be written, which are then refused.
    else this.#whenIdle = destroy;
    const cancel = this.#options.ambient.after(timeout, destroy, 'awaited');
    await this.#closed;
    cancel();
    cancelLinger();
  }

  /** Why a call cannot even begin. */
  #refusal(deadline: number, signal: AbortSignal | undefined): CallFailure | undefined {
    // Node may know of an end that it has not told yet.
    const { closed, destroyed } = this.#session;
    if (closed || destroyed) this.#end('the connection was closed');
    if (this.#state === 'ended') return this.#why;
    if (signal?.aborted) return cancelled('no');
    return deadline > 0 ? undefined : deadlineExceeded(0, 'no');
  }

  #start(method: Method, request: Buffer, deadline: number | undefined, listener: CallListener): Http2Call {
    const stream = this.#session.request(this.#headers.of(method, deadline), noOptions);
    stream.end(frameMessage(request));
    this.#active++;
    stream.on('close', this.#streamClosed);
    const call = new Http2Call(stream, this.#limits.replyBytes, listener, this.#whyClosed);
    if (++this.#calls >= this.#limits.calls) this.#end('the connection has had as many calls as it may');
    return call;
  }

  readonly #streamClosed = (): void => {
    if (--this.#active === 0) this.#whenIdle?.();
  };

  get #sent(): CallFailure['seen'] {
    return this.#state === 'connecting' ? 'no' : 'perhaps';
  }

  readonly #whyClosed: WhyClosed = ({ id, rstCode }, http, error) => {
    if (this.#session.destroyed) {
      const isUnseen = id === undefined || id > this.#lastStream;
      this.#end(error === undefined ? 'the connection was closed' : inWords(error.cause ?? error));
      return connectionLost(this.#why.message, isUnseen ? 'no' : 'perhaps');
    }
    if (rstCode !== constants.NGHTTP2_NO_ERROR) return failureOfReset(rstCode);
    return failureOfHttp(http);
  };

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#cancelConnect();
    this.#state = 'open';
    this.#options.onOpen?.();
  }

  #break(why: string): void {
    this.#end(why);
    this.#session.destroy();
  }

  #end(why: string): void {
    if (this.#state === 'ended') return;
    this.#cancelConnect();
    this.#pulse.stop();
    this.#state = 'ended';
    this.#why = connectionLost(why, 'no');
    this.#options.onEnded?.(this.#why);
  }
}

/**
 * Timers that let what has come be read before they run out: a process that was busy for long must not take a server for
 * dead whose answer waits in the socket.
 */
function patient(after: Ambient['after']): Ambient['after'] {
  return (milliseconds, run) => {
    let cancel = after(milliseconds, () => {
      cancel = after(0, run);
    });
    return () => cancel();
  };
}
