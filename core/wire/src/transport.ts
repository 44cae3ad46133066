import type { RefusalCode } from '@krater/mixer';
import type { Method } from './methods.ts';

export const transports = ['http2', 'grpc-js'] as const;
export type TransportKind = (typeof transports)[number];

/** How a call ended that brought no answer: the server's word, or why there was none. */
export interface CallFailure {
  readonly code: RefusalCode;
  readonly message: string;
  /** The request may have been looked at: `no` only where it certainly was not. */
  readonly seen: 'no' | 'perhaps';
}

export type CallResult = { readonly reply: Buffer } | { readonly failure: CallFailure };

/** gRPC to one Mixer, on one connection. It connects by itself when it is first asked, and only once: what has ended stays ended. */
export interface Transport {
  readonly kind: TransportKind;
  readonly state: 'connecting' | 'open' | 'ended';
  /** A unary call; `deadline` in milliseconds from now, which the server is told too. */
  call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<CallResult>;
  /** The watch stream, until it or the connection ends. */
  watch(
    request: Buffer,
    onMessage: (message: Buffer) => void,
    onEnd: (failure: CallFailure) => void,
  ): Disposable;
  /** Calls back once, when the connection is lost, was never made, or is to take no new calls (GOAWAY). */
  onEnded(listener: () => void): void;
  /** Lets calls in flight end, at most `timeout` milliseconds. */
  close(timeout: number): Promise<void>;
}
