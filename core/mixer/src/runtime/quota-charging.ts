import { KraterError } from '@krater/documents';
import type { Answer, Charge, GrantedQuota, Lease } from '../decision.ts';
import type { QuotaRequest, QuotaResult, QuotaStanding } from '../result.ts';
import { ok, type Status } from '../status.ts';
import { type MaybePromise, PlainMap } from '../value.ts';
import { quotaAnswerProblem } from './answer.ts';
import { call, failed, isPromise, type TimedOutcome } from './call.ts';
import { CallScope } from './call-scope.ts';
import type { CheckSession } from './check.ts';
import { failureStatus } from './failure-policy.ts';
import type { HandleFunction } from './handler.ts';
import { collectDue, type Due } from './quota-due.ts';
import type { AskedQuota } from './quota-spec.ts';

/** What charging the quotas of an allowed request came to. */
export interface Charging {
  readonly status: Status;
  readonly charges: readonly Charge[];
  readonly quotas: { readonly [name: string]: GrantedQuota };
  readonly quotaAnswers: readonly Answer[];
  readonly standing: QuotaStanding | undefined;
  readonly retryAfter: number | undefined;
}

const nothing: Charging = {
  status: ok,
  charges: [],
  quotas: {},
  quotaAnswers: [],
  standing: undefined,
  retryAfter: undefined,
};

/** Charges all quotas of the rules that matched and those the caller asked for: all or nothing. */
export function chargeQuotas(session: CheckSession): MaybePromise<Charging> {
  const asked = session.snapshot.quotaCharges.requestedFor(session);
  if (asked.size === 0 && session.matched.every(rule => rule.quotas.length === 0)) return nothing;
  const { due, refusal } = collectDue(session, asked);
  const charging = new QuotaCharging(session, asked, due);
  return refusal === undefined ? charging.charge(0) : charging.conclude(refusal);
}

class QuotaCharging {
  readonly #session: CheckSession;
  readonly #asked: ReadonlyMap<string, AskedQuota>;
  readonly #due: readonly Due[];
  readonly #granted: { due: Due; granted: number }[] = [];
  #leases: Map<Due, Lease> | undefined;
  /** By the key it was asked for. */
  #told: Map<string, GrantedQuota> | undefined;
  readonly #answers: Answer[] = [];
  #standing: QuotaStanding | undefined;

  constructor(session: CheckSession, asked: ReadonlyMap<string, AskedQuota>, due: readonly Due[]) {
    this.#session = session;
    this.#asked = asked;
    this.#due = due;
  }

  charge(from: number): MaybePromise<Charging> {
    const { scope, context } = this.#session;
    for (let index = from; index < this.#due.length; index++) {
      if (scope.callerGone) return this.conclude({ code: 'CANCELLED', message: 'the caller has gone' });
      const due = this.#due[index] as Due;
      const { handler, instance } = due.action;
      const request: QuotaRequest = {
        amount: due.wanted + due.ahead,
        bestEffort: due.bestEffort || due.ahead > 0 || (due.needed > 0 && due.wanted > due.needed),
        dedupId: due.dedupId,
      };
      const handle = handler.handles.get(instance.template.name) as HandleFunction;
      const late = (value: unknown) => this.#giveBackLate(due, request, value);
      const outcome = call(handler, handle, [due.instance, request], scope, context.ambient, late);
      if (isPromise(outcome)) {
        return (outcome as Promise<TimedOutcome>).then(
          settled => this.#take(due, request, settled) ?? this.charge(index + 1),
        );
      }
      const refusal = this.#take(due, request, outcome as TimedOutcome);
      if (refusal !== undefined) return refusal;
    }
    return this.conclude(ok);
  }

  /** Takes an answer in; a conclusion where it ends the charging. */
  #take(due: Due, request: QuotaRequest, outcome: TimedOutcome): Charging | undefined {
    const { ambient } = this.#session.context;
    const { handler } = due.action;
    const { took } = outcome;
    due.rule.statistics.time += took;
    if ('failure' in outcome) return this.#fail(due, outcome.failure, took);
    const nonsense = quotaAnswerProblem(outcome.value, request);
    if (nonsense === undefined) return this.#judge(due, outcome.value as QuotaResult, took);
    const error = new KraterError('HANDLER_NONSENSE', `handler "${handler.plan.id}" ${nonsense}`);
    return this.#fail(due, failed(handler, error, ambient).failure, took);
  }

  #fail(due: Due, failure: KraterError, took: number): Charging | undefined {
    due.rule.statistics.errors++;
    const status = failureStatus(due.rule, 'allow', failure);
    this.#answer(due, status, took, true);
    this.#tell(due, { granted: status.code === 'OK' ? due.wanted : 0, status });
    return status.code === 'OK' ? undefined : this.conclude(status);
  }

  #judge(due: Due, result: QuotaResult, took: number): Charging | undefined {
    const { rule, action, needed } = due;
    const { standing, retryAfter } = result;
    const leased = this.#lease(due, result);
    const granted = result.granted - leased;
    const { name } = action.instance;
    const enough = result.status.code === 'OK' && granted >= needed;
    const status: Status =
      enough || result.status.code !== 'OK'
        ? result.status
        : { code: 'RESOURCE_EXHAUSTED', message: `quota "${name}" is exhausted` };
    const counts = this.#session.context.statistics.quota(`${rule.id}/${name}`);
    counts[enough ? 'granted' : 'refused']++;
    this.#answer(due, status, took, false);
    if (result.granted > 0) this.#granted.push({ due, granted: result.granted });
    this.#tell(due, { ...this.#callers(due, enough ? granted : 0, status), ...(standing && { standing }) });
    // What only the caller asked for is answered to the caller; it decides nothing here.
    if (!enough && needed > 0) {
      rule.statistics.denied++;
      this.#standing = standing ?? this.#standing;
      return this.conclude(status, retryAfter);
    }
    if (standing !== undefined) this.#standing = tighter(this.#standing, standing);
    return undefined;
  }

  /** What of an answer is the caller's, who may have asked for more than its rule needs: all of it, or nothing. */
  #callers(due: Due, granted: number, status: Status): GrantedQuota {
    const { needed, wanted, bestEffort, askedAs, action } = due;
    if (askedAs === undefined || bestEffort || granted >= wanted || status.code !== 'OK')
      return { granted, status };
    if (granted > needed) this.#giveBack(due, granted - needed);
    const message = `quota "${action.instance.name}" is exhausted`;
    return { granted: 0, status: { code: 'RESOURCE_EXHAUSTED', message } };
  }

  /** How much of an answer is granted ahead of use. */
  #lease(due: Due, result: QuotaResult): number {
    const { leaseKey, wanted } = due;
    if (leaseKey === undefined) return 0;
    const { context, began } = this.#session;
    context.leases.learn(leaseKey, result, began);
    const leased = Math.max(0, result.granted - wanted);
    if (leased > 0) {
      this.#leases ??= new Map();
      this.#leases.set(due, { amount: leased, duration: result.leasable?.duration ?? 0 });
    }
    return leased;
  }

  #answer({ rule, action }: Due, status: Status, took: number, isFailure: boolean): void {
    const { handler } = action;
    this.#answers.push({
      rule: rule.id,
      handler: handler.plan.id,
      instance: action.instance.name,
      status,
      took,
      failed: isFailure,
      epoch: handler.epoch,
    });
  }

  /** Where several quotas answer to one name, the caller has what the least of them granted. */
  #tell({ askedAs }: Due, granted: GrantedQuota): void {
    if (askedAs === undefined) return;
    this.#told ??= new Map();
    const known = this.#told.get(askedAs);
    if (known === undefined || granted.granted < known.granted) this.#told.set(askedAs, granted);
  }

  conclude(status: Status, retryAfter?: number): Charging {
    if (status.code !== 'OK') for (const { due, granted } of this.#granted) this.#giveBack(due, granted);
    const charges: Charge[] = [];
    const { context, options } = this.#session;
    for (const due of this.#due) {
      const { rule, action, instance, price, leaseKey, ahead, dedupId } = due;
      const lease = status.code === 'OK' ? this.#leases?.get(due) : undefined;
      if (options.leases !== undefined && leaseKey !== undefined && ahead > 0)
        context.leases.settle(leaseKey, options.leases.holder, dedupId, lease?.amount ?? 0);
      if (rule.imported && price === 0) continue;
      charges.push({
        quota: action.instance.name,
        handler: action.handler.plan.id,
        amount: price,
        dimensions: instance.dimensions ?? {},
        onError: rule.onError ?? 'allow',
        ...(lease && { lease }),
      });
    }
    const quotas = this.#asked.size === 0 ? nothing.quotas : this.#answerCaller(status);
    const quotaAnswers = this.#answers;
    return { status, charges, quotas, quotaAnswers, standing: this.#standing, retryAfter };
  }

  /** What the caller asked for, by the names it used; nothing of it is granted unless all is. */
  #answerCaller(status: Status): { readonly [name: string]: GrantedQuota } {
    const quotas: Record<string, GrantedQuota> = new PlainMap();
    for (const [key, { callers, wanted }] of this.#asked) {
      // What nobody configured nobody limits.
      const told = this.#told?.get(key) ?? { granted: wanted, status };
      const why = told.status.code === 'OK' ? status : told.status;
      for (const name of callers) quotas[name] = status.code === 'OK' ? told : { granted: 0, status: why };
    }
    return quotas;
  }

  /**
   * Nobody waits for it, but the handler stays open for it, and it has the handler's whole time: the check's may be over
   * and its caller gone. A failure is counted and logged like any other.
   */
  #giveBack({ action, instance, dedupId }: Due, granted: number): void {
    const { handler } = action;
    if (handler.closed) return;
    const { lease, context } = this.#session;
    const handle = handler.handles.get(action.instance.template.name) as HandleFunction;
    const request: QuotaRequest = { amount: -granted, bestEffort: true, dedupId };
    const given = call(handler, handle, [instance, request], new CallScope(Infinity), context.ambient);
    if (!isPromise(given)) return;
    lease.take();
    void given.finally(() => lease.release());
  }

  #giveBackLate(due: Due, request: QuotaRequest, value: unknown): void {
    if (quotaAnswerProblem(value, request) !== undefined) return;
    const { granted } = value as QuotaResult;
    if (granted > 0) this.#giveBack(due, granted);
  }
}

/** Of two standings the one closer to its limit. */
function tighter(a: QuotaStanding | undefined, b: QuotaStanding): QuotaStanding {
  const share = ({ remaining, limit }: QuotaStanding) => (limit > 0 ? remaining / limit : 0);
  return a === undefined || share(b) < share(a) ? b : a;
}
