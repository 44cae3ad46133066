import type { WatchUpdate } from './messages.ts';
import type { Method } from './methods.ts';
import type { CallResult, TransportKind } from './transport.ts';

/** What a pool has seen of one of its addresses. */
export interface AddressStatus {
  readonly address: string;
  readonly state: 'connecting' | 'open' | 'waiting';
  /** Calls in flight. */
  readonly active: number;
  readonly node: string | undefined;
}

/** Who hears of the Mixers behind a pool. */
export interface PoolListener {
  /** A Mixer told its state; the first time after each connection, and after every change. */
  updated(address: string, update: WatchUpdate): void;
  /** Its connection is gone, and so is the knowledge of whether its state is still what it was. */
  lost(address: string): void;
}

/** Mixers at several addresses, as one: balancing, one retry, circuit breaking, reconnecting, and a watch on each. */
export interface MixerPool {
  readonly kind: TransportKind;
  /** No address is open and none is being tried for the first time: a call would fail at once. */
  readonly down: boolean;
  /** `timeout` in milliseconds for everything, the retry included. */
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
