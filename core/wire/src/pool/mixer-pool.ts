import type { Ambient } from '@krater/mixer';
import { encodeWatchRequest } from '../codec/watch.ts';
import type { Method } from '../methods.ts';
import type { AddressStatus, MixerPool, MixerPoolOptions, PoolLimits } from '../pool.ts';
import { parseMixerAddress } from '../transport/mixer-address.ts';
import { openTransport } from '../transport/open-transport.ts';
import type { CallFailure, CallResult, TransportKind } from '../transport.ts';
import { Endpoint } from './endpoint.ts';

const defaultLimits: PoolLimits = {
  failures: 5,
  patience: 20,
  firstPause: 50,
  longestPause: 1_000,
  inFlight: 10_000,
  drain: 10_000,
  transport: {},
};

/**
 * Connects to every address, and calls the one with the fewest calls in flight.
 *
 * @throws KraterError WIRE_BAD_ADDRESS
 * @example
 * const pool = createMixerPool({ addresses: ['127.0.0.1:9091'], client: { id }, ambient: systemAmbient, listener });
 * const result = await pool.call('check', request, 100);
 */
export function createMixerPool(options: MixerPoolOptions): MixerPool {
  return new Pool(options);
}

class Pool implements MixerPool {
  readonly kind: TransportKind;
  readonly #ambient: Ambient;
  readonly #limits: PoolLimits;
  readonly #endpoints: readonly Endpoint[];
  #turn = 0;
  #active = 0;

  constructor({ addresses, transport = 'http2', tls, ambient, listener, client, limits }: MixerPoolOptions) {
    this.kind = transport;
    this.#ambient = ambient;
    this.#limits = { ...defaultLimits, ...limits };
    // Before any connection is made, which would be left behind if a later address is none.
    for (const address of addresses) parseMixerAddress(address);
    const watchRequest = encodeWatchRequest({ client });
    const common = { ambient, limits: this.#limits.transport, ...(tls && { tls }) };
    this.#endpoints = [...new Set(addresses)].map(
      address =>
        new Endpoint({
          address,
          ambient,
          limits: this.#limits,
          listener,
          watchRequest,
          open: events => openTransport(transport, { address, ...common, ...events }),
        }),
    );
  }

  get down(): boolean {
    return !this.#endpoints.some(({ open, hopeful }) => open || hopeful);
  }

  async call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<CallResult> {
    const began = this.#ambient.clock.now();
    const endpoint = this.#pick();
    if (endpoint === undefined) return { failure: this.#unreachable() };
    if (this.#active >= this.#limits.inFlight) return { failure: this.#overfull() };
    this.#active++;
    try {
      const result = await endpoint.call(method, request, timeout, signal);
      if ('reply' in result) return result;
      const other = this.#second(endpoint, result.failure);
      const left = timeout - (this.#ambient.clock.now() - began);
      if (other === undefined || left < 1) return result;
      return withSeen(result.failure, await other.call(method, request, left, signal));
    } finally {
      this.#active--;
    }
  }

  status(): readonly AddressStatus[] {
    return this.#endpoints.map(({ status }) => status);
  }

  async close(timeout: number): Promise<void> {
    await Promise.all(this.#endpoints.map(endpoint => endpoint.close(timeout)));
  }

  /** The open one with the fewest calls, in turn among equals; one that may soon be open where none is. */
  #pick(besides?: Endpoint): Endpoint | undefined {
    const endpoints = this.#endpoints;
    const turn = this.#turn++;
    let best: Endpoint | undefined;
    for (let index = 0; index < endpoints.length; index++) {
      const endpoint = endpoints[(turn + index) % endpoints.length] as Endpoint;
      if (endpoint === besides || !(endpoint.open || endpoint.hopeful)) continue;
      if (best === undefined || (endpoint.open && (!best.open || endpoint.active < best.active)))
        best = endpoint;
    }
    return best;
  }

  /**
   * Where a failed call may be tried again; it is safe, since requests carry what tells a repetition. A Mixer's own word is
   * final, but that another one may have more time.
   */
  #second(first: Endpoint, { by, code }: CallFailure): Endpoint | undefined {
    if (by === 'caller') return undefined;
    const other = this.#pick(first);
    if (by === 'server') return code === 'UNAVAILABLE' && other?.open ? other : undefined;
    if (other?.open) return other;
    return first.open || first.hopeful ? first : other;
  }

  #unreachable(): CallFailure {
    const reasons = this.#endpoints.map(({ address, why }) => `${address}: ${why}`);
    const message = `no Mixer can be reached (${reasons.join('; ')})`;
    return { code: 'UNAVAILABLE', message, seen: 'no', by: 'connection' };
  }

  #overfull(): CallFailure {
    const message = `${this.#active} calls are in flight, which is the limit`;
    return { code: 'RESOURCE_EXHAUSTED', message, seen: 'no', by: 'caller' };
  }
}

/** What the first attempt may have reached stays reached. */
function withSeen(first: CallFailure, result: CallResult): CallResult {
  if ('reply' in result || first.seen === 'no') return result;
  return { failure: { ...result.failure, seen: 'perhaps' } };
}
