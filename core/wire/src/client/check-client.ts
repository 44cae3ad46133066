import type {
  Ambient,
  Bag,
  CheckOptions,
  MaybePromise,
  Outcome,
  QuotaStanding,
  Unreachable,
  Vocabulary,
} from '@krater/mixer';
import type { CheckReply } from '../messages.ts';
import type { CachedCheck } from './cached-check.ts';
import type { CheckCache } from './check-cache.ts';
import type { Asking, CheckCalls } from './check-calls.ts';
import { answeredOutcome, CachedOutcome, grantedUnasked, ownOutcome } from './check-outcome.ts';
import type { KnownMixers } from './known-mixers.ts';
import { type LeaseTable, nothingAsked } from './lease-table.ts';
import { statusWithout, uncharged, withoutMixer } from './unreachable.ts';

export interface CheckClientParts {
  readonly id: string;
  readonly vocabulary: Vocabulary;
  readonly ambient: Ambient;
  readonly calls: CheckCalls;
  readonly mixers: KnownMixers;
  /** Undefined where every request is asked for. */
  readonly cache: CheckCache | undefined;
  readonly leases: LeaseTable;
  readonly unreachable: Unreachable | undefined;
  readonly beforeFirstMixer: 'allow' | 'deny';
}

const noOptions: CheckOptions = {};

/**
 * Answers checks from the cache where it can, and asks a Mixer where it has to.
 *
 * Identical misses wait for one answer. They are those alike in all that any answer so far depended on; whether the
 * answer is theirs too shows when it is there and the cache is looked into for each. One that it is not for asks itself.
 */
export class CheckClient {
  readonly #parts: CheckClientParts;
  readonly #cache: CheckCache | undefined;
  readonly #prefix: string;
  /** Misses under way; they resolve to whether there is anything to look for. */
  readonly #flights = new Map<string, Promise<boolean>>();
  #sequence = 0;
  readonly counts = { hits: 0, misses: 0, joined: 0, uncovered: 0 };
  readonly unreachable = { stood: 0, expired: 0, allowed: 0, denied: 0 };

  constructor(parts: CheckClientParts) {
    this.#parts = parts;
    this.#cache = parts.cache;
    this.#prefix = `${parts.id}.`;
  }

  /** Hot path where it hits: 1 µs, by spec/bench/wire-cache.ts. */
  check(given: Bag, options: CheckOptions = noOptions): MaybePromise<Outcome> {
    const { ambient, vocabulary } = this.#parts;
    const now = ambient.clock.now();
    const bag = given.vocabulary === vocabulary ? given : given.over(vocabulary);
    const { quotas, leases } = options;
    if (this.#cache !== undefined && quotas === undefined && leases === undefined)
      return this.#fromCache(bag, options, now, now, 'hits') ?? this.#miss(bag, options, now);
    const asked = leases === undefined ? nothingAsked : { asks: leases.asks, leases: [] };
    return this.#ask({ bag, options, began: now, asked, refill: leases?.refill ?? false, shared: false });
  }

  /**
   * A hit; or the check that a hit turns into where no lease covers what it charges, or where the caller has an id by
   * which it is to be charged once.
   */
  #fromCache(
    bag: Bag,
    options: CheckOptions,
    began: number,
    now: number,
    as: 'hits' | 'joined',
  ): MaybePromise<Outcome> | undefined {
    const { leases } = this.#parts;
    const found = (this.#cache as CheckCache).find(bag.values, options.namespace, now);
    if (found === undefined) return undefined;
    const isRepeatable = options.dedupId === undefined || found.answer.charges.length === 0;
    if (!isRepeatable || !leases.charge(found, now)) {
      this.counts.uncovered++;
      const asked = leases.ask(found, now, isRepeatable);
      return this.#ask({ bag, options, began, asked, refill: false, shared: true }, found);
    }
    this.counts[as]++;
    if (leases.low(found, now)) this.#refill(bag, options, found, now);
    return this.#outcomeOf(found, now);
  }

  #miss(bag: Bag, options: CheckOptions, now: number): MaybePromise<Outcome> {
    this.counts.misses++;
    const asking = { bag, options, began: now, asked: nothingAsked, refill: false, shared: true };
    const { calls } = this.#parts;
    if (calls.down) return this.#withoutMixer(asking, undefined);
    const alike = (this.#cache as CheckCache).alike(bag.values, options.namespace);
    const flight = this.#flights.get(alike);
    if (flight !== undefined) return this.#follow(flight, asking);
    const answer = calls.ask(asking);
    const landed = answer.then(reply => {
      this.#flights.delete(alike);
      return reply !== undefined || calls.gaveUp(asking);
    });
    this.#flights.set(alike, landed);
    return answer.then(reply => this.#conclude(asking, reply, undefined));
  }

  async #follow(flight: Promise<boolean>, asking: Asking): Promise<Outcome> {
    const isAnswered = await flight;
    const { bag, options, began } = asking;
    const found = this.#fromCache(bag, options, began, this.#parts.ambient.clock.now(), 'joined');
    if (found !== undefined) return found;
    return isAnswered ? this.#ask(asking) : this.#withoutMixer(asking, undefined);
  }

  #ask(asking: Asking, cached?: CachedCheck): MaybePromise<Outcome> {
    const { calls, leases } = this.#parts;
    if (!calls.down) return calls.ask(asking).then(reply => this.#conclude(asking, reply, cached));
    leases.unanswered(asking.asked);
    return this.#withoutMixer(asking, cached);
  }

  #conclude(asking: Asking, reply: CheckReply | undefined, cached: CachedCheck | undefined): Outcome {
    if (reply !== undefined) return answeredOutcome(reply, this.#nextId(), this.#standing(reply));
    if (asking.options.signal?.aborted) return ownOutcome(this.#nextId(), statusWithout.caller);
    return this.#withoutMixer(asking, cached);
  }

  /** Tops up leases of a cached decision before anybody has to wait for it. */
  #refill(bag: Bag, options: CheckOptions, cached: CachedCheck, now: number): void {
    const { calls, leases } = this.#parts;
    if (calls.down) return;
    const asked = leases.ask(cached, now, false);
    if (asked === nothingAsked) return;
    const { namespace } = options;
    const own = namespace === undefined ? noOptions : { namespace };
    void calls.ask({ bag, options: own, began: now, asked, refill: true, shared: true });
  }

  /**
   * What no Mixer answered: a valid cached answer stands; then an expired one where the caller wants that; then the
   * failure table and the operator decide.
   */
  #withoutMixer({ bag, options }: Asking, cached: CachedCheck | undefined): Outcome {
    const { ambient, mixers, unreachable: standard, beforeFirstMixer, vocabulary } = this.#parts;
    const now = ambient.clock.now();
    const { namespace, unreachable = standard } = options;
    mixers.reconsider(now);
    const valid = cached ?? this.#cache?.find(bag.values, namespace, now);
    if (valid !== undefined) return this.#stand(valid, options, now, 'stood');
    const age = typeof unreachable === 'object' ? unreachable.cached : 0;
    const expired = age > 0 ? this.#cache?.findExpired(bag.values, namespace, now, age) : undefined;
    if (expired !== undefined) return this.#stand(expired, options, now, 'expired');
    const request = { values: bag.values, namespace, vocabulary };
    const policy = withoutMixer({ unreachable, beforeFirstMixer }, mixers.failureTable, request);
    return this.#decide(policy, options);
  }

  /** A cached answer whose quotas no Mixer can be asked for: leases cover them, or each one's `onError` decides. */
  #stand(cached: CachedCheck, options: CheckOptions, now: number, as: 'stood' | 'expired'): Outcome {
    const isCovered = this.#parts.leases.charge(cached, now);
    if (!isCovered && uncharged(cached.answer.charges) === 'deny') return this.#decide('deny', options);
    this.unreachable[as]++;
    return this.#outcomeOf(cached, now, grantedUnasked(options, 'allow'));
  }

  #decide(policy: 'allow' | 'deny', options: CheckOptions): Outcome {
    this.unreachable[policy === 'allow' ? 'allowed' : 'denied']++;
    return ownOutcome(this.#nextId(), statusWithout[policy], grantedUnasked(options, policy));
  }

  #outcomeOf(cached: CachedCheck, now: number, quotas?: Outcome['quotas']): Outcome {
    const { standing: told, answer, due, asked: at } = cached;
    const standing = told && this.#parts.leases.standing(answer.charges, { told, at }, now, due);
    return new CachedOutcome(this.#nextId(), cached, standing, quotas);
  }

  #standing({ krater }: CheckReply): QuotaStanding | undefined {
    if (krater?.standing === undefined) return undefined;
    const now = this.#parts.ambient.clock.now();
    return this.#parts.leases.standing(krater.charges, { told: krater.standing, at: now }, now);
  }

  #nextId(): string {
    return this.#prefix + ++this.#sequence;
  }
}
