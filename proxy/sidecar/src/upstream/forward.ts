import type { ServerResponse } from 'node:http';
import type { Destination, Exchange } from '../exchange.ts';
import { fieldName } from '../http/field-names.ts';
import { requestHead } from '../http/request-head.ts';
import type { Side } from '../side.ts';
import type { ResponseListener, UpstreamConnection, UpstreamFailure } from './connection.ts';
import type { ResponseHead } from './response-head.ts';
import { Tunnel } from './tunnel.ts';

/** RFC 9110 §9.2.2 */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

const failures = {
  connect: {
    code: 503,
    reason: 'UPSTREAM_UNREACHABLE',
    message: 'no connection to the upstream',
    flag: 'UF',
  },
  reset: {
    code: 502,
    reason: 'UPSTREAM_RESET',
    message: 'the upstream closed the connection before it answered',
    flag: 'UC',
  },
  malformed: {
    code: 502,
    reason: 'UPSTREAM_MALFORMED',
    message: 'the upstream sent what is no HTTP response',
    flag: 'UPE',
  },
  overflow: {
    code: 503,
    reason: 'UPSTREAM_OVERFLOW',
    message: 'too many connections to the upstream',
    flag: 'UO',
  },
} as const;

/**
 * One request between its client and its upstream.
 *
 * Hot path: held to 0.3 of nginx by spec/bench/proxy.ts; one object, no closures for a request without body.
 */
export class Forward implements ResponseListener {
  readonly method: string;
  readonly #exchange: Exchange;
  readonly #side: Side;
  #connection: UpstreamConnection | undefined;
  #sentBody = false;
  #tunnel: Tunnel | undefined;

  constructor(exchange: Exchange, side: Side) {
    this.method = exchange.request.method as string;
    this.#exchange = exchange;
    this.#side = side;
    exchange.whenEnded(() => this.#clientEnded());
  }

  /** `fresh` takes a connection that was never used. */
  start(fresh: boolean): void {
    const exchange = this.#exchange;
    const connection = this.#side.upstreams.acquire((exchange.destination as Destination).address, fresh);
    if (connection === undefined) {
      this.#fail('overflow');
      return;
    }
    this.#connection = connection;
    const body = exchange.hasBody;
    connection.start(this, requestHead(exchange, this.#side), !body);
    if (body) this.#sendBody(connection);
  }

  #sendBody(connection: UpstreamConnection): void {
    const exchange = this.#exchange;
    const { request } = exchange;
    const chunked = exchange.fields.transferEncodings > 0;
    this.#sentBody = true;
    request.on('data', (piece: Buffer) => {
      exchange.requestSize += piece.length;
      if (this.#connection !== connection) return;
      if (!(chunked ? writeChunk(connection, piece) : connection.write(piece))) request.pause();
    });
    request.on('end', () => {
      if (this.#connection !== connection) return;
      if (chunked) connection.write(`0\r\n${trailerLines(request.rawTrailers)}\r\n`);
      connection.finish();
    });
  }

  onDrain(): void {
    (this.#tunnel === undefined ? this.#exchange.request : this.#exchange.request.socket).resume();
  }

  onInterim(head: ResponseHead): void {
    const { response, expectsContinue, request } = this.#exchange;
    if (request.httpVersionMinor === 0 || response.headersSent) return;
    if (head.code === 100 && expectsContinue) response.writeContinue();
    else if (head.code === 102) response.writeProcessing();
    else if (head.code === 103) {
      const links = head.headers.filter(
        (_, index) => index % 2 === 1 && head.headers[index - 1]?.toLowerCase() === 'link',
      );
      if (links.length > 0) hint(response, links);
    }
  }

  onHead(head: ResponseHead): void {
    const exchange = this.#exchange;
    if (exchange.upgradeHead !== undefined) exchange.closing = true;
    exchange.respond(head.code, head.reason, head.headers);
  }

  onData(piece: Buffer, last: boolean): void {
    const exchange = this.#exchange;
    const connection = this.#connection as UpstreamConnection;
    if (this.#tunnel !== undefined) {
      this.#tunnel.send(Buffer.from(piece), connection);
      return;
    }
    const { response } = exchange;
    const whole = last && exchange.responseSize === 0;
    exchange.responseSize += piece.length;
    // As text, a short body leaves in one write with its head, which costs less than a write of two buffers.
    if (whole && piece.length <= 8192) response.end(piece.toString('latin1'), 'latin1');
    else if (last) response.end(Buffer.from(piece));
    else if (!response.write(Buffer.from(piece))) {
      connection.pause();
      response.once('drain', () => {
        if (this.#connection === connection) connection.resume();
      });
    }
  }

  onEnd(trailers: readonly string[]): void {
    this.#connection = undefined;
    if (this.#tunnel !== undefined) {
      this.#tunnel.end();
      return;
    }
    const { response } = this.#exchange;
    if (trailers.length > 0) response.addTrailers(endToEnd(trailers));
    response.end();
    if (this.#sentBody) this.#exchange.request.resume();
  }

  onFailure(failure: UpstreamFailure, answered: boolean): void {
    const stale = (this.#connection?.uses ?? 0) > 1 && !answered && failure === 'reset';
    this.#connection = undefined;
    if (stale && !this.#sentBody && idempotent.has(this.method) && !this.#exchange.ended) {
      this.#side.statistics.retries++;
      this.start(true);
    } else {
      this.#fail(failure);
    }
  }

  onTunnel(head: ResponseHead): void {
    const connection = this.#connection as UpstreamConnection;
    if (this.#exchange.upgradeHead === undefined || head.upgrade?.toLowerCase() !== 'websocket') {
      this.#connection = undefined;
      connection.abandon();
      this.#fail('malformed');
      return;
    }
    this.#tunnel = new Tunnel(this.#exchange, head, connection);
  }

  #fail(failure: keyof typeof failures): void {
    const exchange = this.#exchange;
    if (this.#tunnel !== undefined) {
      this.#tunnel.end();
      return;
    }
    if (exchange.response.headersSent) {
      this.#side.statistics.brokenOff++;
      exchange.breakOff(failures[failure].flag);
      return;
    }
    this.#side.statistics.unroutable++;
    exchange.reply(failures[failure]);
    if (this.#sentBody) exchange.request.resume();
  }

  #clientEnded(): void {
    const exchange = this.#exchange;
    if (this.#connection === undefined) return;
    this.#connection.abandon();
    this.#connection = undefined;
    if (exchange.proxyErrorCode !== '-' || this.#tunnel !== undefined) return;
    exchange.proxyErrorCode = 'DC';
    this.#side.statistics.abandoned++;
  }
}

/** Node knows fewer forms of Link than there are; a hint that it does not know is worth no answer. */
function hint(response: ServerResponse, link: string[]): void {
  try {
    response.writeEarlyHints({ link });
  } catch {}
}

function writeChunk(connection: UpstreamConnection, piece: Buffer): boolean {
  connection.cork();
  connection.write(`${piece.length.toString(16)}\r\n`);
  connection.write(piece);
  const more = connection.write('\r\n');
  connection.uncork();
  return more;
}

/** Trailers may not say what only a head can (RFC 9110 §6.5.1). */
function isTrailer(name: string): boolean {
  return fieldName(name).treatment === 'forward';
}

function trailerLines(raw: readonly string[]): string {
  let lines = '';
  for (let index = 0; index < raw.length; index += 2) {
    if (isTrailer(raw[index] as string)) lines += `${raw[index]}: ${raw[index + 1]}\r\n`;
  }
  return lines;
}

function endToEnd(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    if (isTrailer(raw[index] as string)) pairs.push([raw[index] as string, raw[index + 1] as string]);
  }
  return pairs;
}
