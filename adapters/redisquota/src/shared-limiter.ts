import {
  type BaseEnv,
  type CallContext,
  type Counter,
  grant,
  type MaybePromise,
  type QuotaRequest,
  type QuotaResult,
} from '@krater/mixer';
import type { Dimensions, Rule } from '@krater/mixer/limiter';
import type { Circuit } from './circuit.ts';
import type { Config } from './config.ts';
import type { Insurance } from './insurance.ts';
import { OwedReturns } from './owed-returns.ts';
import type { SharedCounts } from './shared-counts.ts';

/** One request for a quota. */
export interface Asked {
  readonly rule: Rule;
  readonly dimensions: Dimensions;
  readonly request: QuotaRequest;
}

/** Part of the time until a call's deadline that is left to the insurance. */
const reserve = 0.1;

/** Has Redis decide as long as it answers in time, and the insurance otherwise. */
export class SharedLimiter {
  readonly #counts: SharedCounts;
  readonly #insurance: Insurance;
  readonly #circuit: Circuit;
  readonly #config: Pick<Config, 'timeout' | 'maxPending'>;
  readonly #env: BaseEnv;
  readonly #insured: Counter;
  readonly #failures: Counter;
  readonly #crowded: Counter;
  readonly #late: Counter;
  readonly #lost: Counter;
  readonly #owed: OwedReturns;
  #pending = 0;
  /** Ids of calls that have ended before Redis answered, unless another call has asked for the same since. */
  readonly #adrift = new Set<string>();

  constructor(
    parts: { readonly counts: SharedCounts; readonly insurance: Insurance; readonly circuit: Circuit },
    config: Pick<Config, 'timeout' | 'maxPending'>,
    env: BaseEnv,
  ) {
    this.#counts = parts.counts;
    this.#insurance = parts.insurance;
    this.#circuit = parts.circuit;
    this.#config = config;
    this.#env = env;
    const counter = (name: string, help: string) => env.metrics.counter(name, help);
    this.#insured = counter('insured_decisions', 'decisions made by the insurance instead of Redis');
    this.#failures = counter('redis_failures', 'decisions that Redis refused, or did not make in time');
    this.#crowded = counter('redis_crowded', 'decisions not asked of Redis because of maxPending');
    this.#late = counter('late_grants', 'grants of Redis that came too late and were given back');
    this.#lost = counter('lost_returns', 'returns that may not have reached Redis: they count on');
    this.#owed = new OwedReturns(config.maxPending, this.#lost);
    this.#circuit.onUp(() => this.#returnOwed());
  }

  decide(asked: Asked, context: CallContext): MaybePromise<QuotaResult> {
    const { rule, dimensions, request } = asked;
    context.signal.throwIfAborted();
    if (this.#insurance.knows(rule.name, dimensions, request, context.now)) return this.#insure(asked);
    if (!this.#circuit.admits(context.now)) return this.#insure(asked);
    if (this.#pending < this.#config.maxPending) return this.#ask(asked, context);
    this.#circuit.abandoned();
    this.#crowded.add();
    return this.#insure(asked);
  }

  #insure(asked: Asked, wasSent = false): QuotaResult {
    const { rule, dimensions, request } = asked;
    const now = this.#env.clock.now();
    if (request.amount < 0 && !this.#insurance.knows(rule.name, dimensions, request, now)) {
      // One that was sent may have been taken: told again, an allocation would be returned twice.
      if (wasSent) this.#lost.add();
      else this.#owed.add(asked);
      return grant(0);
    }
    this.#insured.add();
    return this.#insurance.decide(rule.name, dimensions, request, now);
  }

  #ask(asked: Asked, { signal, now, deadline }: CallContext): Promise<QuotaResult> {
    const { timeout } = this.#config;
    const { amount, dedupId } = asked.request;
    const { promise, resolve, reject } = Promise.withResolvers<QuotaResult>();
    let isOver = false;
    const end = () => {
      isOver = true;
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', abandon);
    };
    const giveUp = () => {
      end();
      if (amount > 0 && dedupId !== '') this.#adrift.add(dedupId);
    };
    const fail = (reason: string) => {
      giveUp();
      this.#failures.add();
      this.#circuit.failed(this.#env.clock.now(), reason);
      resolve(this.#insure(asked, true));
    };
    const abandon = () => {
      giveUp();
      this.#circuit.abandoned();
      reject(signal.reason);
    };
    const patience = Math.min(timeout, (deadline - now) * (1 - reserve));
    const timer = this.#env.timers.after(patience, () => fail(`no answer within ${Math.round(patience)} ms`));
    signal.addEventListener('abort', abandon, { once: true });
    this.#adrift.delete(dedupId);
    this.#send(asked).then(
      answer => {
        if (isOver) return this.#returnLate(asked, answer);
        end();
        this.#circuit.succeeded();
        resolve(answer);
      },
      (error: Error) => {
        if (!isOver) fail(error.message);
        this.#adrift.delete(dedupId);
      },
    );
    return promise;
  }

  async #send({ rule, dimensions, request }: Asked): Promise<QuotaResult> {
    this.#pending++;
    try {
      return await this.#counts.decide(rule, dimensions, request);
    } finally {
      this.#pending--;
    }
  }

  /** Nobody uses what was granted after its call had ended. Without an id it counts until its window has passed. */
  #returnLate(asked: Asked, { granted }: QuotaResult): void {
    const { request } = asked;
    if (!this.#adrift.delete(request.dedupId) || granted <= 0) return;
    this.#late.add();
    this.#return({ ...asked, request: { ...request, amount: -granted } });
  }

  #return(asked: Asked): void {
    if (this.#circuit.isConnected) this.#send(asked).catch(() => this.#lost.add());
    else this.#owed.add(asked);
  }

  #returnOwed(): void {
    for (const asked of this.#owed.take()) this.#return(asked);
  }
}
