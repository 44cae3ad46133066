import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type ListenOptions, type Socket } from 'node:net';
import { type Ambient, silentLog, systemAmbient } from '@krater/mixer';
import { mark } from '../../src/mark.ts';
import { frameMessage } from '../../src/transport/message-frames.ts';

/** The real world, without its log. */
export const ambient: Ambient = { ...systemAmbient, log: silentLog };

const headers = { ':status': 200, 'content-type': 'application/grpc' };
const local: ListenOptions = { host: '127.0.0.1', port: 0 };

/** What a server does with a call whose request has been read. */
export type OnCall = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, request: Buffer) => void;

/** A server that speaks HTTP/2, on a real socket, and does with each call what a test wants. */
export async function startServer(
  onCall: OnCall,
  { listen = local, tls }: { readonly listen?: ListenOptions; readonly tls?: SecureServerOptions } = {},
) {
  const sessions = new Set<ServerHttp2Session>();
  const options: ServerOptions = { remoteCustomSettings: Object.keys(mark).map(Number) };
  const server: Http2Server =
    tls === undefined ? createServer(options) : createSecureServer({ ...options, ...tls });
  let accepted = 0;
  server.on('session', session => {
    accepted++;
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (!stream.destroyed) onCall(stream, headers, Buffer.concat(chunks));
    });
  });
  server.listen(listen);
  await once(server, 'listening');
  return {
    sessions,
    /** Connections so far. */
    get accepted() {
      return accepted;
    },
    port: listen.path === undefined ? (server.address() as AddressInfo).port : 0,
    address: addressOf(server.address()),
    /** Ends at once, as a process that is killed. */
    async kill() {
      for (const session of sessions) session.destroy();
      server.close();
      if (server.listening) await once(server, 'close');
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await this.kill();
    },
  };
}

export type Server = Awaited<ReturnType<typeof startServer>>;

/** A TCP server that speaks no HTTP/2 by itself. */
export async function startRaw(onSocket: (socket: Socket) => void, listen = local) {
  const sockets = new Set<Socket>();
  const server = createTcpServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.resume();
    onSocket(socket);
  });
  server.listen(listen);
  await once(server, 'listening');
  return {
    sockets,
    address: addressOf(server.address()),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function addressOf(bound: AddressInfo | string | null): string {
  if (bound === null) throw new Error('the server does not listen');
  if (typeof bound === 'string') return `unix:${bound}`;
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

/** Answers as gRPC does: a message, and the status behind it. */
export function answer(
  stream: ServerHttp2Stream,
  message: Buffer | string,
  trailers: Record<string, string> = { 'grpc-status': '0' },
): void {
  if (stream.destroyed) return;
  stream.respond(headers, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(frameMessage(Buffer.from(message)));
}

/** Answers with a status alone, as gRPC servers do who have nothing else to say. */
export function refuse(stream: ServerHttp2Stream, status: number, message?: string): void {
  const more = message === undefined ? {} : { 'grpc-message': message };
  stream.respond({ ...headers, 'grpc-status': String(status), ...more }, { endStream: true });
}

/** Begins a stream of messages: returns how to send one. */
export function begin(stream: ServerHttp2Stream): (message: Buffer | string) => void {
  stream.respond(headers);
  return message => void stream.write(frameMessage(Buffer.from(message)));
}

/** Resolves when it holds; a test that waits in vain ends by the runner's limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => systemAmbient.after(milliseconds, resolve, 'awaited'));
}
