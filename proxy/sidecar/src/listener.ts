import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, isIPv4, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Address } from '@krater/config';
import { KraterError } from '@krater/mixer';
import type { codes } from './codes.ts';
import { type Downstream, Exchange } from './exchange.ts';
import type { Handler } from './layer.ts';
import type { Side } from './side.ts';

export interface ListenerLimits {
  /** Milliseconds for a request's head (10,000) and for a whole request, body included (300,000). */
  readonly headTimeout: number;
  readonly requestTimeout: number;
  /** Milliseconds an idle connection is kept (60,000). */
  readonly keepAliveTimeout: number;
  /** Bytes of a request's head (32,768). */
  readonly maxHead: number;
  /** Connections at a time (10,000). */
  readonly maxConnections: number;
}

export const defaultListenerLimits: ListenerLimits = {
  headTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 60_000,
  maxHead: 32_768,
  maxConnections: 10_000,
};

/** What the parser refuses, as a response; everything else is 400. */
const parserReplies: { readonly [code: string]: string } = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** One listening socket that speaks HTTP/1.1 with Node's strict parser and hands every request to a stack. */
export interface ProxyListener {
  readonly address: Address;
  /** Stops accepting and waits until every request is answered, at most `timeout` milliseconds; then drops the rest. */
  close(timeout: number): Promise<void>;
  /** Drops every connection now. */
  drop(): void;
}

/** What is known of one connection; the exchange is the last one that is not over, or that closes it. */
interface Connection extends Downstream {
  latest: Exchange | undefined;
  refused: boolean;
}

/** @throws KraterError PROXY_PORT_IN_USE, PROXY_CANNOT_LISTEN */
export async function openListener(
  at: Address,
  side: Side,
  handle: Handler,
  limits: ListenerLimits,
): Promise<ProxyListener> {
  const { statistics, clock, log } = side;
  const state = { draining: false };
  const connections = new WeakMap<object, Connection>();
  const tunnels = new Set<Duplex>();
  const prefix = `${side.workload}-${side.kind}`;
  let accepted = 0;
  let becameIdle: (() => void) | undefined;

  const failed = (error: unknown) =>
    log.error('a layer failed', { error: String((error as Error)?.stack ?? error) });

  const run = (exchange: Exchange) => {
    statistics.requests++;
    statistics.active++;
    exchange.whenEnded(() => {
      if (--statistics.active === 0) becameIdle?.();
    });
    try {
      handle(exchange);
    } catch (error) {
      failed(error);
      if (exchange.response.headersSent) exchange.breakOff('UC');
      else exchange.reply({ code: 500, reason: 'INTERNAL', message: 'the sidecar failed' });
    }
  };

  const serve = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    // Behind an answer that closes the connection nothing is a request, however much it looks like one.
    const connection = connections.get(request.socket) as Connection;
    if (connection.latest?.closing === true) return;
    const exchange = new Exchange(request, response, connection, clock.now(), { expectsContinue });
    connection.latest = exchange;
    response.on('close', () => {
      if (connection.latest === exchange && !exchange.closing) connection.latest = undefined;
      exchange.end(failed);
    });
    run(exchange);
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, upgradeHead: Buffer) => {
    // Sent behind a request that is not answered yet: the answer could no longer be told from the tunnel.
    const connection = connections.get(socket) as Connection;
    if (connection.latest !== undefined) {
      statistics.malformed++;
      socket.destroy();
      return;
    }
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    const exchange = new Exchange(request, response, connection, clock.now(), { upgradeHead });
    tunnels.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      tunnels.delete(socket);
      exchange.end(failed);
    });
    response.on('finish', () => (socket as Socket).destroySoon());
    run(exchange);
  };

  const server = createServer({
    insecureHTTPParser: false,
    // Checked by admission, where it is counted.
    requireHostHeader: false,
    maxHeaderSize: limits.maxHead,
    headersTimeout: limits.headTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.headTimeout / 2)),
    shouldUpgradeCallback: request => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  // Node would leave fields beyond its limit out without a word; admission refuses instead.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.maxConnections;
  server.on('connection', (socket: Socket) => {
    const ip = canonical(socket.remoteAddress ?? '0.0.0.0');
    connections.set(socket, {
      listener: state,
      id: `${prefix}-${++accepted}`,
      ip,
      port: socket.remotePort ?? 0,
      latest: undefined,
      refused: false,
    });
  });
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response) => serve(request, response, true));
  server.on('upgrade', upgrade);
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    statistics.malformed++;
    refuse(socket, '405 Method Not Allowed');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return void socket.destroy();
    const connection = connections.get(socket);
    if (connection === undefined || connection.refused || connection.latest?.closing === true) return;
    connection.refused = true;
    statistics.malformed++;
    if (connection.latest !== undefined && connection.latest.code !== 0) socket.destroy();
    else refuse(socket, parserReplies[error.code ?? ''] ?? '400 Bad Request');
  });

  const drop = () => {
    server.closeAllConnections();
    for (const socket of tunnels) socket.destroy();
  };

  await listen(server, at);
  const { address, port } = server.address() as AddressInfo;
  return {
    address: { host: address, port },
    drop,
    async close(timeout) {
      state.draining = true;
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      // Connections whose last answer was under way become idle without a further word.
      const idle = setInterval(() => server.closeIdleConnections(), 20);
      const limit = setTimeout(drop, timeout);
      await closed;
      // Sockets count as closed a moment before those who use them hear of it.
      if (statistics.active > 0) {
        await new Promise<void>(resolve => {
          becameIdle = resolve;
        });
      }
      clearInterval(idle);
      clearTimeout(limit);
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  if (!socket.writable) return void socket.destroy();
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`, () => socket.destroy());
}

function canonical(ip: string): string {
  const embedded = ip.startsWith('::ffff:') ? ip.slice(7) : '';
  return isIPv4(embedded) ? embedded : ip;
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const code: keyof typeof codes =
        cause.code === 'EADDRINUSE' ? 'PROXY_PORT_IN_USE' : 'PROXY_CANNOT_LISTEN';
      const what = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${cause.code})`;
      reject(
        new KraterError(code, `port ${port} on ${host} ${what}`, {
          hint: 'set workloads[].sidecar in the Service, or 0 for any port',
          cause,
        }),
      );
    });
    server.listen({ host, port }, resolve);
  });
}
