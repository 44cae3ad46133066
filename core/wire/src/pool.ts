import type { Ambient } from '@krater/mixer';
import type { ClientInfo, WatchUpdate } from './messages.ts';
import type { Method } from './methods.ts';
import type { CallResult, TransportKind, TransportLimits, TransportTls } from './transport.ts';

export interface MixerPoolOptions {
  /** `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`, one or more. */
  readonly addresses: readonly string[];
  /** `http2`, which is the fast one, if left out. */
  readonly transport?: TransportKind;
  readonly tls?: TransportTls;
  readonly ambient: Ambient;
  readonly listener: PoolListener;
  readonly client: ClientInfo;
  readonly limits?: Partial<PoolLimits>;
}

export interface PoolLimits {
  /** Timeouts and failures in a row after which an address is left alone for a while (5). */
  readonly failures: number;
  /** Milliseconds that a call must have waited for its timeout to count (20): less says nothing of the Mixer. */
  readonly patience: number;
  /** Milliseconds until an address is tried again (50), doubled with each vain attempt … */
  readonly firstPause: number;
  /** … up to these (1,000). Half of each is left to chance, so that clients do not come back in step. */
  readonly longestPause: number;
  /** Calls at a time (10,000): the next ones fail at once. */
  readonly inFlight: number;
  /** Milliseconds that a connection which takes no new calls has for those in flight (10,000). */
  readonly drain: number;
  readonly transport: Partial<TransportLimits>;
}

/** What a pool has seen of one of its addresses. */
export interface AddressStatus {
  readonly address: string;
  readonly state: 'connecting' | 'open' | 'waiting';
  /** Calls in flight. */
  readonly active: number;
  readonly node: string | undefined;
  /** Why it is not open. */
  readonly why: string | undefined;
}

/** Who hears of the Mixers behind a pool. */
export interface PoolListener {
  /** A Mixer told its state; the first time after each connection, and after every change. */
  updated(address: string, update: WatchUpdate): void;
  /** Nothing more is heard from a Mixer that told its state: nobody knows whether it is still what it was. */
  lost(address: string): void;
}

/** Mixers at several addresses, as one: balancing, one retry, circuit breaking, reconnecting, and a watch on each. */
export interface MixerPool {
  readonly kind: TransportKind;
  /** No address is open and none is being tried for the first time: a call would fail at once. */
  readonly down: boolean;
  /** `timeout` in milliseconds for everything, the retry included. Never rejects. */
  call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<CallResult>;
  status(): readonly AddressStatus[];
  /** Lets calls in flight end, at most `timeout` milliseconds. */
  close(timeout: number): Promise<void>;
}
