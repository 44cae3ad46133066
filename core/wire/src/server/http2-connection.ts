import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { methodByPath } from '../methods.ts';
import type { CallRefusal } from './call.ts';
import type { Caller } from './caller.ts';
import { parseGrpcTimeout } from './grpc-timeout.ts';
import { Http2Call, trailersOf } from './http2-call.ts';
import type { Http2EndpointParts } from './http2-endpoint.ts';

const everyStream = 2 ** 31 - 1;
/** Milliseconds for calls that the peer sent before it read that it shall go away. */
const goingAway = 500;

/** One connection of our own client: its calls, its age, and whether anybody is still there. */
export class Http2Connection {
  readonly caller: Caller;
  /** Bytes of messages that have arrived in part, of this and all other connections. */
  readonly unfinished: { bytes: number };
  readonly #session: ServerHttp2Session;
  readonly #parts: Http2EndpointParts;
  readonly #calls = new Set<Http2Call>();
  /** When it is to go away, to take no more calls, and to end. */
  #leaveAt: number;
  #refuseAt = Infinity;
  #endAt = Infinity;
  #idleSince: number;
  #pingAt: number;
  #pingSent: number | undefined;

  constructor(
    session: ServerHttp2Session,
    caller: Caller,
    parts: Http2EndpointParts,
    unfinished: { bytes: number },
  ) {
    this.caller = caller;
    this.unfinished = unfinished;
    this.#session = session;
    this.#parts = parts;
    const { limits, ambient } = parts;
    const now = ambient.clock.now();
    this.#leaveAt = now + limits.maxAge * (0.9 + 0.2 * ambient.random());
    this.#idleSince = now;
    this.#pingAt = now + limits.keepaliveTime;
    session.on('stream', (stream, headers) => this.#serve(stream, headers));
    session.on('error', () => {});
  }

  get service() {
    return this.#parts.service;
  }

  get hub() {
    return this.#parts.hub;
  }

  get limits() {
    return this.#parts.limits;
  }

  get counts() {
    return this.#parts.counts;
  }

  now(): number {
    return this.#parts.ambient.clock.now();
  }

  ended(call: Http2Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#idleSince = this.now();
  }

  /** The peer shall make its next calls elsewhere; those that it sent before it heard so are served. */
  announceLeaving(): void {
    const now = this.now();
    this.#leaveAt = Infinity;
    this.#refuseAt = Math.min(this.#refuseAt, now + goingAway);
    if (!this.#session.destroyed) this.#session.goaway(0, everyStream);
  }

  /** No new calls, and an end when the old ones have theirs, or after the grace. */
  leave(): void {
    this.#leaveAt = this.#refuseAt = Infinity;
    this.#endAt = Math.min(this.#endAt, this.now() + this.limits.ageGrace);
    for (const call of this.#calls) if (call.state === 'watching') call.leave();
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  /** What time has brought. */
  tick(now: number): void {
    const { messageTimeout } = this.limits;
    if (now >= this.#endAt) return void this.destroy();
    if (now >= this.#refuseAt) this.leave();
    else if (now >= this.#leaveAt || this.#isIdle(now)) this.announceLeaving();
    for (const call of this.#calls) {
      if (now - call.since < messageTimeout) continue;
      if (call.state === 'arriving')
        call.refuse({
          code: 'DEADLINE_EXCEEDED',
          message: `the request did not arrive in ${messageTimeout} ms`,
        });
      else if (call.state === 'answered') call.cut();
    }
    this.#keepAlive(now);
  }

  #isIdle(now: number): boolean {
    return (
      this.#calls.size === 0 && this.#refuseAt === Infinity && now - this.#idleSince >= this.limits.maxIdle
    );
  }

  #keepAlive(now: number): void {
    const { keepaliveTime, keepaliveTimeout } = this.limits;
    if (this.#pingSent !== undefined && now - this.#pingSent >= keepaliveTimeout) {
      this.#parts.cut('unresponsive');
      return void this.destroy();
    }
    if (now < this.#pingAt || this.#pingSent !== undefined || this.#session.destroyed) return;
    this.#pingSent = now;
    this.#session.ping(() => {
      this.#pingSent = undefined;
      this.#pingAt = this.now() + keepaliveTime;
    });
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // Node tells of a stream a moment after its head came; it may have been reset meanwhile.
    if (stream.destroyed || stream.closed) return void stream.on('error', () => {});
    const now = this.now();
    const timeout = headers['grpc-timeout'] as string | undefined;
    const wait = timeout === undefined ? Infinity : parseGrpcTimeout(timeout);
    const method = methodByPath.get(headers[':path'] as string);
    if (method === undefined || headers[':method'] !== 'POST')
      refuse(stream, { code: 'UNIMPLEMENTED', message: 'there is no such method' });
    else if (!headers['content-type']?.startsWith('application/grpc')) refuseMedia(stream);
    else if (wait === undefined)
      refuse(stream, { code: 'INVALID_ARGUMENT', message: 'grpc-timeout is no duration' });
    else this.#calls.add(new Http2Call(this, stream, method, now, now + wait));
  }
}

function refuse(stream: ServerHttp2Stream, refusal: CallRefusal): void {
  stream.on('error', () => {});
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', ...trailersOf(refusal) },
    { endStream: true },
  );
  stream.close();
}

function refuseMedia(stream: ServerHttp2Stream): void {
  stream.on('error', () => {});
  stream.respond({ ':status': 415 }, { endStream: true });
  stream.close();
}
