import type { Duplex } from 'node:stream';
import type { Ambient, RefusalCode } from '@krater/mixer';
import type { Method } from './methods.ts';

export const transports = ['http2', 'grpc-js'] as const;
export type TransportKind = (typeof transports)[number];

/** How a call ended that brought no answer: the server's word, or why there was none. */
export interface CallFailure {
  readonly code: RefusalCode;
  readonly message: string;
  /** The request may have been looked at: `no` only where it certainly was not. */
  readonly seen: 'no' | 'perhaps';
  /**
   * Who ended it: the server by a gRPC status; the connection, which was refused, lost, reset or spoke something else; or
   * the caller by its deadline, its signal or its limits.
   */
  readonly by: 'server' | 'connection' | 'caller';
}

export type CallResult = { readonly reply: Buffer } | { readonly failure: CallFailure };

/** Certificates as PEM texts. */
export interface TransportTls {
  /** Whom to trust; the system's authorities if left out. */
  readonly ca?: string;
  /** Who this client is, for servers that ask. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must have, if it is not that of the address. */
  readonly serverName?: string;
}

export interface TransportLimits {
  /** Bytes of one answer (4 MiB), as gRPC has it. */
  readonly replyBytes: number;
  /** Milliseconds until the server must have said that it speaks HTTP/2 (1,000). */
  readonly connect: number;
  /** Milliseconds of silence after which a server of ours is asked for a sign of life (5,000) … */
  readonly silence: number;
  /** … and that it has for one (2,000). */
  readonly pong: number;
  /** Calls after which the connection takes no more (1,000,000,000), before HTTP/2 runs out of numbers for them. */
  readonly calls: number;
}

export interface TransportOptions {
  /** `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`. */
  readonly address: string;
  /** Plain text if left out. */
  readonly tls?: TransportTls;
  readonly ambient: Ambient;
  readonly limits?: Partial<TransportLimits>;
  /** Called once, when the server has said that it speaks HTTP/2. */
  readonly onOpen?: () => void;
  /** Called once, when the connection is lost, was never made, or is to take no new calls (GOAWAY, {@link Transport.close}). */
  readonly onEnded?: (why: CallFailure) => void;
  /** `http2` only: what carries the bytes, in place of a socket to the address. */
  readonly connect?: () => Duplex;
}

/** gRPC to one Mixer, on one connection: it connects by itself, and only once. What has ended stays ended. */
export interface Transport {
  readonly kind: TransportKind;
  readonly state: 'connecting' | 'open' | 'ended';
  /**
   * A unary call; `deadline` in milliseconds from now, which the server is told too. Never rejects. While the connection
   * is being made the call waits for it; a transport that has ended fails it at once.
   */
  call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<CallResult>;
  /**
   * The watch stream, until it or the connection ends, of which `onEnd` is told once; not if it was disposed of. A
   * server that closes it without an error has ended it with `UNAVAILABLE`.
   */
  watch(
    request: Buffer,
    onMessage: (message: Buffer) => void,
    onEnd: (failure: CallFailure) => void,
  ): Disposable;
  /** Takes no new calls, and lets those in flight end, at most `timeout` milliseconds. Streams end at once. */
  close(timeout: number): Promise<void>;
}
