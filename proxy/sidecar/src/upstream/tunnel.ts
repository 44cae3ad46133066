import type { Socket } from 'node:net';
import type { Exchange } from '../exchange.ts';
import type { ResponseHead } from './response-head.ts';

/** After a 101: bytes go both ways untouched until either side closes; then both are closed. */
export function openTunnel(exchange: Exchange, upstream: Socket, head: ResponseHead, first: Buffer): void {
  const client = exchange.request.socket;
  const { response } = exchange;
  const counts = { received: 0, sent: 0 };
  exchange.tunnel = counts;
  exchange.closing = false;
  exchange.respond(101, head.reason, [...head.headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket']);
  response.flushHeaders();
  response.detachSocket(client);

  upstream.on('error', () => {});
  exchange.whenEnded(() => upstream.destroy());
  upstream.on('close', () => client.destroySoon());
  client.on('data', (piece: Buffer) => {
    counts.received += piece.length;
  });
  upstream.on('data', (piece: Buffer) => {
    counts.sent += piece.length;
  });
  client.pipe(upstream);
  upstream.pipe(client);
  if (first.length > 0) upstream.unshift(first);
  const early = exchange.upgradeHead as Buffer;
  if (early.length > 0) client.unshift(early);
}
