import type { Socket } from 'node:net';
import type { Exchange } from '../exchange.ts';
import type { UpstreamConnection } from './connection.ts';
import type { ResponseHead } from './response-head.ts';

/** After a 101: bytes go both ways untouched until either side closes; then both are closed. */
export class Tunnel {
  readonly #client: Socket;
  readonly #counts = { received: 0, sent: 0 };

  constructor(exchange: Exchange, head: ResponseHead, upstream: UpstreamConnection) {
    const { request, response } = exchange;
    this.#client = request.socket;
    exchange.tunnel = this.#counts;
    exchange.closing = false;
    exchange.respond(101, head.reason, [...head.headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket']);
    response.flushHeaders();
    response.detachSocket(this.#client);

    const receive = (piece: Buffer) => {
      this.#counts.received += piece.length;
      if (!upstream.write(piece)) this.#client.pause();
    };
    const early = exchange.upgradeHead as Buffer;
    if (early.length > 0) receive(early);
    this.#client.on('data', receive);
    this.#client.on('end', () => upstream.end());
  }

  /** From the upstream to the client. */
  send(piece: Buffer, upstream: UpstreamConnection): void {
    this.#counts.sent += piece.length;
    if (this.#client.write(piece)) return;
    upstream.pause();
    this.#client.once('drain', () => upstream.resume());
  }

  end(): void {
    this.#client.destroySoon();
  }
}
