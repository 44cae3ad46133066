import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Ambient } from '@krater/mixer';
import type { TransportKind } from '../transport.ts';
import { type AllowList, type Caller, NamedCaller, parseSubjectAltName, trustedCaller } from './caller.ts';
import type { Endpoint } from './endpoint.ts';
import type { MixerServerLimits } from './limits.ts';
import { type Bound, type ListenAddress, listen } from './listen.ts';
import { sortConnection } from './sorting.ts';
import type { CutReason } from './statistics.ts';

export interface DoorwayParts {
  readonly at: ListenAddress;
  readonly endpoints: Readonly<Record<TransportKind, Endpoint>>;
  readonly limits: MixerServerLimits;
  readonly ambient: Pick<Ambient, 'after' | 'log'>;
  readonly cut: (reason: CutReason) => void;
  readonly secure: SecureContextOptions | undefined;
  readonly allow: AllowList | undefined;
}

/** Where connections come in: counted, deciphered, named, and handed to the endpoint that speaks to their kind. */
export interface Doorway {
  readonly address: ListenAddress;
  renew(secure: SecureContextOptions): void;
  /** Takes no more connections. */
  close(): void;
  /** Ends those that no endpoint has, and leaves no socket file behind. */
  release(): Promise<void>;
}

export async function openDoorway(parts: DoorwayParts): Promise<Doorway> {
  const { endpoints, limits, ambient, cut, secure } = parts;
  const sockets = new Set<Socket>();
  const enter = (socket: Socket, caller: Caller) => {
    const { handshakeTimeout: timeout } = limits;
    sortConnection(
      socket,
      { timeout, after: ambient.after },
      kind => endpoints[kind].accept(socket, caller),
      cut,
    );
  };
  const tls = secure && createTlsDoor(secure, parts, enter);
  const server: Server = tls ?? createServer(socket => enter(socket, trustedCaller));
  server.maxConnections = limits.maxConnections;
  server.on('drop', () => cut('too-many'));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  const bound: Bound = await listen(server, parts.at);
  const closed = new Promise<void>(resolve => server.on('close', resolve));
  return {
    address: bound.address,
    renew: context => tls?.setSecureContext(context),
    close: () => void server.close(),
    async release() {
      for (const socket of sockets) socket.destroy();
      await closed;
      await bound.release();
    },
  };
}

function createTlsDoor(
  secure: SecureContextOptions,
  { limits, ambient, cut, allow }: DoorwayParts,
  enter: (socket: Socket, caller: Caller) => void,
) {
  const isMutual = secure.ca !== undefined;
  const server = createTlsServer({
    ...secure,
    ALPNProtocols: ['h2'],
    requestCert: isMutual,
    rejectUnauthorized: isMutual,
    handshakeTimeout: limits.handshakeTimeout,
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return cut('not-grpc');
    }
    const names = () => parseSubjectAltName(socket.getPeerX509Certificate()?.subjectAltName);
    enter(socket, allow === undefined ? trustedCaller : new NamedCaller(names(), allow, ambient.log));
  });
  server.on('tlsClientError', error => {
    cut('tls');
    ambient.log.debug('a TLS handshake failed', { error: error.message });
  });
  return server;
}
