import type { Ambient, Bag, CheckOptions, Vocabulary } from '@krater/mixer';
import { decodeCheckReply } from '../codec/check-reply.ts';
import { encodeCheckRequest } from '../codec/check-request.ts';
import type { CheckReply, ReplyExtension } from '../messages.ts';
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
    // The caller may go on with its bag while it waits; the answer is one for what was asked.
    const values = asking.bag.values.slice();
    const sent = ambient.clock.now();
    const left = Math.max(1, Math.min(timeout, options.timeout ?? Infinity) - (sent - began));
    this.counts[refill ? 'refills' : 'checks']++;
    const request = this.#encode(asking);
    const result = request && (await pool.call('check', request, left, options.signal));
    const reply = result && ('reply' in result ? this.#decode(result.reply) : this.#fail(result.failure));
    if (reply?.krater === undefined) leases.unanswered(asked);
    else this.#learn({ ...asking, values }, reply, reply.krater, { sent, moment });
    return reply;
  }

  /** Whether a request that has no answer might have had one, had its caller been more patient. */
  gaveUp({ options }: Asking): boolean {
    return options.signal?.aborted === true || (options.timeout ?? Infinity) < this.#parts.timeout;
  }

  #encode({ bag, options, asked, refill }: Asking): Buffer | undefined {
    const { id } = this.#parts;
    const quotas: Record<string, { amount: number; bestEffort: boolean }> = {};
    for (const [name, { amount, bestEffort = false }] of Object.entries(options.quotas ?? {}))
      quotas[name] = { amount, bestEffort };
    try {
      return encodeCheckRequest({
        bag: addressed(bag, options.namespace, this.#parts.vocabulary),
        quotas,
        dedupId: options.dedupId ?? `${id}/${++this.#sequence}`,
        globalWords: globalWords.length,
        client: { id },
        leases: asked.asks,
        refill,
      });
    } catch (error) {
      return this.#fail({ code: 'INVALID_ARGUMENT', message: `the request cannot be written: ${error}` });
    }
  }

  #decode(reply: Buffer): CheckReply | undefined {
    try {
      return decodeCheckReply(reply);
    } catch (error) {
      return this.#fail({ code: 'INTERNAL', message: `the answer cannot be read: ${error}` });
    }
  }

  #fail({ code, message }: Pick<CallFailure, 'code' | 'message'>): undefined {
    this.counts.failed++;
    this.lastFailure = { code, message, at: this.#parts.ambient.clock.now() };
  }

  /** From a Mixer that tells nothing of its state (another's server) there is nothing to learn: it is asked every time. */
  #learn(
    { options, asked, refill, shared, values }: Asking & { readonly values: Bag['values'] },
    reply: CheckReply,
    told: ReplyExtension,
    { sent, moment }: { readonly sent: number; readonly moment: number },
  ): void {
    const { mixers, leases, cache, ambient } = this.#parts;
    const now = ambient.clock.now();
    const mixer = mixers.answered(told, moment, now);
    // What a caller has asked for by itself is its own.
    if (!shared) return;
    leases.answered(asked, { reply, told, refill }, { sent, now });
    cache?.keep({ values, namespace: options.namespace, asked: sent }, reply, told, mixer);
  }
}
