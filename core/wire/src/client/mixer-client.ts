import {
  Bag,
  type CheckOptions,
  KraterError,
  type MaybePromise,
  type Outcome,
  standardVocabulary,
  systemAmbient,
} from '@krater/mixer';
import { createMixerPool } from '../pool/mixer-pool.ts';
import type { MixerPool } from '../pool.ts';
import { addressed } from './addressed.ts';
import { CheckCache } from './check-cache.ts';
import { CheckCalls } from './check-calls.ts';
import { CheckClient } from './check-client.ts';
import type {
  MixerClient,
  MixerClientMetrics,
  MixerClientOptions,
  MixerClientStatus,
} from './client-options.ts';
import type { codes } from './codes.ts';
import { KnownMixers } from './known-mixers.ts';
import { LeaseTable } from './lease-table.ts';
import { ReportQueue } from './report-queue.ts';

/**
 * A client of one or more Mixers. It connects in the background and answers at once: while no Mixer can be reached, as
 * `unreachable` and `beforeFirstMixer` say.
 *
 * @throws KraterError WIRE_BAD_CLIENT, WIRE_BAD_ADDRESS
 * @example
 * const mixer = createMixerClient({ addresses: ['127.0.0.1:9091'] });
 * const { status } = await mixer.check(mixer.bag().put('request.path', '/'));
 * await mixer.close();
 */
export function createMixerClient(options: MixerClientOptions): MixerClient {
  return new Client(options);
}

const longestId = 128;

/** The parts of a client, and what connects them. */
class Client implements MixerClient {
  readonly id: string;
  readonly vocabulary;
  readonly #ambient;
  readonly #pool: MixerPool;
  readonly #mixers: KnownMixers;
  readonly #leases: LeaseTable;
  readonly #cache: CheckCache | undefined;
  readonly #calls: CheckCalls;
  readonly #checks: CheckClient;
  readonly #reports: ReportQueue;
  readonly #waiting = new Set<() => void>();
  #closing: Promise<void> | undefined;

  constructor(options: MixerClientOptions) {
    const { addresses, ambient = systemAmbient, vocabulary = standardVocabulary, cache = {} } = options;
    if (addresses.length === 0)
      throw badClient(
        'a client needs the address of a Mixer, found none',
        "write addresses: ['127.0.0.1:9091']",
      );
    const id = options.id ?? `client-${Math.floor(ambient.random() * 2 ** 48).toString(36)}`;
    if (id === '' || id.length > longestId)
      throw badClient(`a client's id has 1 to ${longestId} characters, found ${id.length}`, 'leave it out');
    this.id = id;
    this.vocabulary = vocabulary;
    this.#ambient = ambient;
    const mixers = new KnownMixers({
      kept: snapshots => {
        this.#leases.begin(snapshots[0] as string);
        this.#cache?.drop(({ answer }) => !snapshots.includes(answer.snapshot));
      },
      gone: mixer => {
        this.#leases.end();
        this.#cache?.drop(entry => entry.mixer === mixer);
      },
    });
    this.#mixers = mixers;
    this.#leases = new LeaseTable(options.leases === false);
    if (cache !== false) this.#cache = new CheckCache(vocabulary, mixers, cache.entries ?? 10_000);
    this.#pool = createMixerPool({
      addresses,
      client: { id },
      ambient,
      listener: {
        updated: (address, update) => {
          mixers.updated(address, update, ambient.clock.now());
          for (const wake of this.#waiting) wake();
          this.#reports.wake();
        },
        lost: address => mixers.lost(address),
      },
      ...(options.transport && { transport: options.transport }),
      ...(options.tls && { tls: options.tls }),
    });
    this.#reports = new ReportQueue(this.#pool, ambient, id, options.reports ?? {});
    const parts = {
      id,
      vocabulary,
      ambient,
      pool: this.#pool,
      mixers,
      cache: this.#cache,
      leases: this.#leases,
    };
    this.#calls = new CheckCalls({ ...parts, timeout: options.timeout ?? 100 });
    const { unreachable, beforeFirstMixer = 'deny' } = options;
    this.#checks = new CheckClient({ ...parts, calls: this.#calls, unreachable, beforeFirstMixer });
  }

  bag(): Bag {
    return new Bag(this.vocabulary);
  }

  check(bag: Bag, options?: CheckOptions): MaybePromise<Outcome> {
    return this.#checks.check(bag, options);
  }

  /** Encodes the records and returns: each is delivered at most once, or counted as lost. */
  report(bags: readonly Bag[], { namespace }: { readonly namespace?: string } = {}): void {
    for (const bag of bags) this.#reports.add(addressed(bag, namespace, this.vocabulary));
  }

  async ready(timeout: number): Promise<boolean> {
    if (this.#mixers.failureTable !== undefined) return true;
    return await new Promise<boolean>(resolve => {
      const answer = (seen: boolean) => {
        cancel();
        this.#waiting.delete(wake);
        resolve(seen);
      };
      const wake = () => answer(true);
      const cancel = this.#ambient.after(timeout, () => answer(false), 'awaited');
      this.#waiting.add(wake);
    });
  }

  status(): MixerClientStatus {
    const { lastFailure } = this.#calls;
    return {
      id: this.id,
      transport: this.#pool.kind,
      addresses: this.#pool.status(),
      snapshot: this.#mixers.snapshot,
      mixers: [...this.#mixers.all].map(mixer => {
        const { node, snapshot, generation, epochs, watched } = mixer;
        return { node, snapshot, generation, epochs: new Map(epochs), watched };
      }),
      ...(lastFailure && { lastFailure }),
    };
  }

  metrics(): MixerClientMetrics {
    const { hits, misses, joined, uncovered } = this.#checks.counts;
    const { checks, refills, failed } = this.#calls.counts;
    const held = this.#leases.held(this.#ambient.clock.now());
    const { size, granted, taken, lapsed } = this.#leases;
    const { queued, sent, lost } = this.#reports;
    return {
      cache: {
        hits,
        misses,
        joined,
        entries: this.#cache?.size ?? 0,
        evictions: this.#cache?.evictions ?? 0,
      },
      calls: { checks, uncovered, refills, failed },
      leases: { accounts: size, granted, used: taken, lapsed, held },
      unreachable: { ...this.#checks.unreachable },
      reports: { queued, sent, lost },
    };
  }

  close(timeout = 5_000): Promise<void> {
    this.#closing ??= this.#end(timeout);
    return this.#closing;
  }

  async #end(timeout: number): Promise<void> {
    const { clock, log } = this.#ambient;
    const until = clock.now() + timeout;
    const lost = await this.#reports.close(timeout);
    if (lost > 0) log.warn('reports were lost because no Mixer took them before the end', { records: lost });
    await this.#pool.close(Math.max(0, until - clock.now()));
  }
}

function badClient(message: string, hint: string): KraterError {
  const code: keyof typeof codes = 'WIRE_BAD_CLIENT';
  return new KraterError(code, message, { hint });
}
