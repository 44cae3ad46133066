import type { Ambient, Bag, CheckOptions, Vocabulary } from '@krater/mixer';
import { decodeCheckReply } from '../codec/check-reply.ts';
import { encodeCheckRequest } from '../codec/check-request.ts';
import type { CheckReply } from '../messages.ts';
import type { MixerPool } from '../pool.ts';
import type { CallFailure } from '../transport.ts';
import { globalWords } from '../words/global-words.ts';
import { addressed } from './addressed.ts';
import type { CheckCache } from './check-cache.ts';
import type { KnownMixers } from './known-mixers.ts';
import type { Asked, LeaseTable } from './lease-table.ts';

export interface CheckCallsParts {
  readonly id: string;
  readonly vocabulary: Vocabulary;
  readonly ambient: Ambient;
  readonly pool: MixerPool;
  readonly mixers: KnownMixers;
  readonly cache: CheckCache | undefined;
  readonly leases: LeaseTable;
  /** Milliseconds. */
  readonly timeout: number;
}

/** A request that a Mixer is to be asked about. */
export interface Asking {
  readonly bag: Bag;
  readonly options: CheckOptions;
  /** When the caller came. */
  readonly began: number;
  /** What is asked for ahead of use. */
  readonly asked: Asked;
  readonly refill: boolean;
  /** Whether others may be answered by what it is answered. */
  readonly shared: boolean;
}

/** Why a check has no answer. */
export interface LastFailure {
  readonly code: string;
  readonly message: string;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** Checks over the network, and all that is learned from their answers. */
export class CheckCalls {
  readonly #parts: CheckCallsParts;
  #sequence = 0;
  readonly counts = { checks: 0, refills: 0, failed: 0 };
  lastFailure: LastFailure | undefined;

  constructor(parts: CheckCallsParts) {
    this.#parts = parts;
  }

  /** A call would fail at once. */
  get down(): boolean {
    return this.#parts.pool.down;
  }

  /** Never rejects; undefined where no answer came. The answer is in the cache by then, if it may be. */
  async ask(asking: Asking): Promise<CheckReply | undefined> {
    const { ambient, pool, mixers, leases, timeout } = this.#parts;
    const { options, began, asked, refill } = asking;
    const { moment } = mixers;
    const sent = ambient.clock.now();
    const left = Math.max(1, Math.min(timeout, options.timeout ?? Infinity) - (sent - began));
    this.counts[refill ? 'refills' : 'checks']++;
    const result = await pool.call('check', this.#encode(asking), left, options.signal);
    const reply = 'reply' in result ? this.#decode(result.reply) : this.#fail(result.failure);
    if (reply === undefined) leases.unanswered(asked);
    else this.#learn(asking, reply, { sent, moment });
    return reply;
  }

  /** Whether a request that has no answer might have had one, had its caller been more patient. */
  gaveUp({ options }: Asking): boolean {
    return options.signal?.aborted === true || (options.timeout ?? Infinity) < this.#parts.timeout;
  }

  #encode({ bag, options, asked, refill }: Asking): Buffer {
    const { id } = this.#parts;
    const quotas: Record<string, { amount: number; bestEffort: boolean }> = {};
    for (const [name, { amount, bestEffort = false }] of Object.entries(options.quotas ?? {}))
      quotas[name] = { amount, bestEffort };
    return encodeCheckRequest({
      bag: addressed(bag, options.namespace, this.#parts.vocabulary),
      quotas,
      dedupId: options.dedupId ?? `${id}/${++this.#sequence}`,
      globalWords: globalWords.length,
      client: { id },
      leases: asked.asks,
      refill,
    });
  }

  #decode(reply: Buffer): CheckReply | undefined {
    try {
      return decodeCheckReply(reply);
    } catch (error) {
      const message = `the answer cannot be read: ${error instanceof Error ? error.message : error}`;
      return this.#fail({ code: 'INTERNAL', message });
    }
  }

  #fail({ code, message }: Pick<CallFailure, 'code' | 'message'>): undefined {
    this.counts.failed++;
    this.lastFailure = { code, message, at: this.#parts.ambient.clock.now() };
  }

  /** A Mixer that tells nothing of its state (another's server) is asked every time. */
  #learn(asking: Asking, reply: CheckReply, { sent, moment }: { sent: number; moment: number }): void {
    const { mixers, leases, cache, ambient } = this.#parts;
    const { krater } = reply;
    const { bag, options, asked, refill, shared } = asking;
    if (krater === undefined) {
      leases.unanswered(asked);
      return;
    }
    const now = ambient.clock.now();
    const mixer = mixers.answered(krater, moment, now);
    leases.answered(asked, { reply, told: krater, refill }, { sent, now });
    if (!shared || cache === undefined) return;
    const request = { values: bag.values, namespace: options.namespace, asked: sent };
    cache.keep(request, reply, krater, mixer);
  }
}
