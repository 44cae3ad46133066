import type { Ambient } from '@krater/mixer';
import type { WatchUpdate } from '../messages.ts';
import type { Method } from '../methods.ts';
import type { AddressStatus, PoolLimits, PoolListener } from '../pool.ts';
import type { CallFailure, CallResult, Transport, TransportOptions } from '../transport.ts';
import { BackOff } from './back-off.ts';
import { Watch } from './watch.ts';

export interface EndpointParts {
  readonly address: string;
  readonly ambient: Ambient;
  readonly limits: PoolLimits;
  readonly listener: PoolListener;
  readonly watchRequest: Buffer;
  /** Connects to the address. */
  readonly open: (events: Required<Pick<TransportOptions, 'onOpen' | 'onEnded'>>) => Transport;
}

/**
 * One address of a pool: a connection, what is heard of the Mixer there, and when to try again.
 *
 * - `connecting`: there is reason to hope, as at first, or when a good connection was lost. Calls wait for it.
 * - `open`: calls go there. One that was left alone for its failures is `suspect` until it has answered: one call at a
 *   time.
 * - `waiting`: left alone for a while, and then tried while calls go elsewhere, or fail at once. One that only says that
 *   it has too much to do keeps its connection: another would be more to do.
 *
 * One connection an address: HTTP/2 carries all calls on one, and more of them from the one thread that writes to them
 * only take more writes and more wake-ups. What shares a port among several processes sees a connection from each client.
 */
export class Endpoint {
  readonly address: string;
  readonly #parts: EndpointParts;
  readonly #backOff: BackOff;
  readonly #retiring = new Set<Transport>();
  #state: AddressStatus['state'] = 'connecting';
  #transport: Transport | undefined;
  #watch: Watch | undefined;
  #cancelPause: (() => void) | undefined;
  #node: string | undefined;
  #why: string | undefined;
  /** The Mixer has said on this connection that it is well: by an answer, or by its watch. */
  #proven = false;
  #suspect = false;
  #failures = 0;
  #active = 0;

  constructor(parts: EndpointParts) {
    this.address = parts.address;
    this.#parts = parts;
    const { limits, ambient } = parts;
    this.#backOff = new BackOff(limits.firstPause, limits.longestPause, ambient.random);
    this.#connect();
  }

  get status(): AddressStatus {
    return {
      address: this.address,
      state: this.#state,
      active: this.#active,
      node: this.#node,
      why: this.#state === 'open' ? undefined : this.#why,
    };
  }

  get active(): number {
    return this.#active;
  }

  get why(): string {
    return this.#why ?? 'not connected yet';
  }

  /** A call would be sent at once. */
  get open(): boolean {
    return this.#state === 'open' && !(this.#suspect && this.#active > 0);
  }

  /** A call would wait for a connection that is likely to come about. */
  get hopeful(): boolean {
    return this.#state === 'connecting';
  }

  async call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<CallResult> {
    const transport = this.#transport as Transport;
    this.#active++;
    const result = await transport.call(method, request, timeout, signal);
    // What calls on earlier connections come to says nothing of this one.
    if (transport !== this.#transport) return result;
    this.#active--;
    if ('reply' in result) this.#prove();
    else this.#judge(method, timeout, result.failure);
    return result;
  }

  async close(timeout: number): Promise<void> {
    this.#retire();
    this.#state = 'waiting';
    this.#why = 'closed';
    await Promise.all([...this.#retiring].map(transport => transport.close(timeout)));
  }

  /** What a failed call says of the Mixer. */
  #judge(method: Method, timeout: number, { code, by, seen, message }: CallFailure): void {
    switch (by) {
      case 'server':
        // A Mixer with too much to do refuses reports before checks, so their refusal says nothing about these.
        if (code === 'UNAVAILABLE' && method === 'check') this.#fail(() => this.#rest(message));
        else this.#prove();
        break;
      case 'connection':
        this.#fail(() => this.#abandon(message));
        break;
      case 'caller':
        if (code !== 'DEADLINE_EXCEEDED' || timeout < this.#parts.limits.patience) return;
        if (seen === 'perhaps') this.#fail(() => this.#abandon(message));
        else this.#despair(message);
    }
  }

  #prove(): void {
    this.#failures = 0;
    if (this.#proven && !this.#suspect) return;
    this.#proven = true;
    this.#suspect = false;
    this.#backOff.reset();
  }

  /** Once there are too many failures, or one of a suspect. */
  #fail(breakOff: () => void): void {
    if (this.#state !== 'open') return;
    this.#failures++;
    if (!this.#suspect && this.#failures < this.#parts.limits.failures) return;
    this.#suspect = true;
    breakOff();
  }

  #abandon(why: string): void {
    this.#retire();
    this.#wait(why, () => this.#connect());
  }

  #rest(why: string): void {
    this.#wait(why, () => this.#resume());
  }

  /** The connection takes longer than a caller had time for: the next ones need not wait as long. */
  #despair(why: string): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'waiting';
    this.#unusable(why);
  }

  #connect(): void {
    this.#proven = false;
    this.#failures = 0;
    const transport = this.#parts.open({
      onOpen: () => {
        if (transport === this.#transport) this.#opened(transport);
      },
      onEnded: why => {
        if (transport === this.#transport) this.#leave(why.message);
      },
    });
    this.#transport = transport;
  }

  #opened(transport: Transport): void {
    const { ambient, limits, watchRequest } = this.#parts;
    this.#resume();
    this.#watch = new Watch({
      transport,
      request: watchRequest,
      ambient,
      backOff: new BackOff(limits.firstPause, limits.longestPause, ambient.random),
      onUpdate: update => this.#updated(update),
      onEnd: () => this.#lost(),
    });
  }

  #resume(): void {
    if (this.#why !== undefined)
      this.#parts.ambient.log.info('a Mixer is in use again', { address: this.address });
    this.#state = 'open';
    this.#why = undefined;
  }

  /** A connection that was good is worth another one at once, for which calls wait; one that never was can wait. */
  #leave(why: string): void {
    if (this.#state === 'open' && this.#proven) {
      this.#retire();
      this.#state = 'connecting';
      this.#connect();
    } else {
      this.#abandon(why);
    }
  }

  #updated(update: WatchUpdate): void {
    this.#node = update.node;
    this.#parts.listener.updated(this.address, update);
    // The listener may have closed everything.
    if (this.#watch === undefined) return;
    if (update.draining) this.#leave('the Mixer takes no new calls');
    else this.#prove();
  }

  #lost(): void {
    if (this.#node === undefined) return;
    this.#node = undefined;
    this.#parts.listener.lost(this.address);
  }

  #wait(why: string, then: () => void): void {
    this.#state = 'waiting';
    this.#unusable(why);
    this.#cancelPause = this.#parts.ambient.after(this.#backOff.next(), then);
  }

  #unusable(why: string): void {
    if (this.#why === undefined)
      this.#parts.ambient.log.warn('a Mixer is out of use', { address: this.address, why });
    this.#why = why;
  }

  /** No new calls for the connection; those in flight may end. */
  #retire(): void {
    this.#cancelPause?.();
    this.#watch?.stop();
    this.#watch = undefined;
    this.#lost();
    const transport = this.#transport;
    if (transport === undefined) return;
    this.#transport = undefined;
    this.#active = 0;
    this.#retiring.add(transport);
    void transport.close(this.#parts.limits.drain).then(() => this.#retiring.delete(transport));
  }
}
