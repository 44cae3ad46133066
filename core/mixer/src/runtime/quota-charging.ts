import { KraterError } from '@krater/documents';
import type { Answer, Charge, GrantedQuota } from '../decision.ts';
import type { QuotaRequest, QuotaResult, QuotaStanding } from '../result.ts';
import { ok, type Status } from '../status.ts';
import type { MaybePromise } from '../value.ts';
import { quotaAnswerProblem } from './answer.ts';
import { call, failed, isPromise, type Outcome } from './call.ts';
import type { CheckSession } from './check.ts';
import { failureStatus } from './failure-policy.ts';
import type { HandleFunction, Handler } from './handler.ts';
import type { AskedQuota } from './quota-spec.ts';
import type { Action } from './rule.ts';
import type { LinkedRule } from './snapshot.ts';

/** What charging the quotas of an allowed request came to. */
export interface Charging {
  readonly status: Status;
  readonly charges: readonly Charge[];
  readonly quotas: { readonly [name: string]: GrantedQuota };
  readonly quotaAnswers: readonly Answer[];
  readonly standing: QuotaStanding | undefined;
  readonly retryAfter: number | undefined;
}

/** One quota to charge: what the rule takes, and what the caller wants beyond. */
interface Due {
  readonly rule: LinkedRule;
  readonly action: Action<Handler>;
  readonly instance: { readonly dimensions?: { readonly [name: string]: unknown } };
  readonly needed: number;
  readonly wanted: number;
  readonly bestEffort: boolean;
  /** The name by which the caller asked for it. */
  readonly askedAs: string | undefined;
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
  return new QuotaCharging(session, asked).run();
}

/** A quota by the name it has in YAML, in lower case; imported instances are also known by their name up to the first dot. */
function namesOf(action: Action<Handler>, rule: LinkedRule): readonly string[] {
  const name = action.instance.name.toLowerCase();
  return rule.imported ? [name, name.split('.')[0] as string] : [name];
}

class QuotaCharging {
  readonly #session: CheckSession;
  readonly #asked: ReadonlyMap<string, AskedQuota>;
  readonly #due: Due[] = [];
  readonly #granted: { due: Due; request: QuotaRequest; granted: number }[] = [];
  readonly #quotas: Record<string, GrantedQuota> = {};
  readonly #answers: Answer[] = [];
  #standing: QuotaStanding | undefined;

  constructor(session: CheckSession, asked: ReadonlyMap<string, AskedQuota>) {
    this.#session = session;
    this.#asked = asked;
  }

  run(): MaybePromise<Charging> {
    const refusal = this.#collect();
    if (refusal !== undefined) return this.#conclude({ status: refusal });
    return this.#charge(0);
  }

  /** What is due, in rule order; a status where an instance has no value and its rule refuses for it. */
  #collect(): Status | undefined {
    const { matched, production, reads, context } = this.#session;
    for (const rule of matched) {
      for (const action of rule.quotas) {
        const askedAs = namesOf(action, rule).find(name => this.#asked.has(name));
        const asked = askedAs === undefined ? undefined : this.#asked.get(askedAs);
        if (rule.imported && asked === undefined) continue;
        const instance = action.instance.build(production.bag, reads);
        const amount =
          action.instance.amount === undefined ? 1 : action.instance.amount.evaluate(production.bag, reads);
        if (instance === undefined || amount === undefined) {
          const message = `quota instance "${action.instance.name}" of rule "${rule.id}" has a field without a value`;
          failed(action.handler, new KraterError('INSTANCE_FIELD_UNKNOWN', message), context.ambient);
          rule.statistics.errors++;
          const status = failureStatus(rule, 'allow', new KraterError('INSTANCE_FIELD_UNKNOWN', message));
          if (status.code !== 'OK') return status;
          continue;
        }
        const needed = Math.max(rule.imported ? 0 : Number(amount), asked?.needed ?? 0);
        const wanted = Math.max(needed, asked?.wanted ?? 0);
        this.#due.push({
          rule,
          action,
          instance,
          needed,
          wanted,
          bestEffort: asked?.bestEffort ?? false,
          askedAs,
        });
      }
    }
    return undefined;
  }

  #charge(from: number): MaybePromise<Charging> {
    for (let index = from; index < this.#due.length; index++) {
      const due = this.#due[index] as Due;
      const { handler, instance } = due.action;
      const request: QuotaRequest = {
        amount: due.wanted,
        bestEffort: due.bestEffort || (due.needed > 0 && due.wanted > due.needed),
        dedupId: `${this.#session.options.dedupId ?? this.#session.id}/${handler.plan.id}/${instance.name}`,
      };
      const handle = handler.handles.get(instance.template.name) as HandleFunction;
      const began = this.#session.context.ambient.clock.now();
      const late = (value: unknown) => this.#giveBackLate(due, request, value);
      const outcome = call(
        handler,
        handle,
        [due.instance, request],
        this.#session.scope,
        this.#session.context.ambient,
        late,
      );
      if (isPromise(outcome)) {
        return (outcome as Promise<Outcome>).then(
          settled => this.#take(due, request, settled, began) ?? this.#charge(index + 1),
        );
      }
      const refusal = this.#take(due, request, outcome as Outcome, began);
      if (refusal !== undefined) return refusal;
    }
    return this.#conclude({ status: ok });
  }

  /** Takes an answer in; a conclusion where it ends the charging. */
  #take(due: Due, request: QuotaRequest, outcome: Outcome, began: number): Charging | undefined {
    const { rule, action } = due;
    const { ambient, statistics } = this.#session.context;
    const nonsense = 'value' in outcome ? quotaAnswerProblem(outcome.value, request) : undefined;
    if (nonsense !== undefined) {
      const error = new KraterError('HANDLER_NONSENSE', `handler "${action.handler.plan.id}" ${nonsense}`);
      outcome = failed(action.handler, error, ambient);
    }
    const took = ambient.clock.now() - began;
    const answer = (status: Status, isFailure: boolean): void => {
      this.#answers.push({
        rule: rule.id,
        handler: action.handler.plan.id,
        instance: action.instance.name,
        status,
        took,
        failed: isFailure,
      });
    };
    if ('failure' in outcome) {
      rule.statistics.errors++;
      const status = failureStatus(rule, 'allow', outcome.failure);
      answer(status, true);
      this.#told(due, { granted: status.code === 'OK' ? due.wanted : 0, status });
      return status.code === 'OK' ? undefined : this.#conclude({ status });
    }
    const result = outcome.value as QuotaResult;
    const enough = result.status.code === 'OK' && result.granted >= due.needed;
    const exhausted: Status = {
      code: 'RESOURCE_EXHAUSTED',
      message: `quota "${action.instance.name}" is exhausted`,
    };
    const status = enough || result.status.code !== 'OK' ? result.status : exhausted;
    const counts = statistics.quota(`${rule.id}/${action.instance.name}`);
    answer(status, false);
    if (result.granted > 0) this.#granted.push({ due, request, granted: result.granted });
    counts[enough ? 'granted' : 'refused']++;
    this.#told(due, {
      granted: enough ? result.granted : 0,
      status,
      ...(result.standing && { standing: result.standing }),
    });
    // What only the caller asked for is answered to the caller; it decides nothing here.
    if (!enough && due.needed > 0) {
      rule.statistics.denied++;
      this.#standing = result.standing ?? this.#standing;
      return this.#conclude({ status, retryAfter: result.retryAfter });
    }
    if (result.standing !== undefined) this.#standing = tighter(this.#standing, result.standing);
    return undefined;
  }

  #told({ askedAs }: Due, granted: GrantedQuota): void {
    if (askedAs !== undefined) this.#quotas[askedAs] = granted;
  }

  #conclude({ status, retryAfter }: { status: Status; retryAfter?: number | undefined }): Charging {
    if (status.code !== 'OK')
      for (const { due, request, granted } of this.#granted) this.#giveBack(due, request, granted);
    // Nobody configured it, so nothing limits it.
    for (const [name, { wanted }] of this.#asked)
      this.#quotas[name] ??= { granted: status.code === 'OK' ? wanted : 0, status };
    const charges = this.#due.map(({ rule, action, instance, needed }) => ({
      quota: action.instance.name,
      handler: action.handler.plan.id,
      amount: needed,
      dimensions: instance.dimensions ?? {},
      onError: rule.onError ?? ('allow' as const),
    }));
    return {
      status,
      charges,
      quotas: this.#quotas,
      quotaAnswers: this.#answers,
      standing: this.#standing,
      retryAfter,
    };
  }

  #giveBack({ action, instance }: Due, { dedupId }: QuotaRequest, granted: number): void {
    const { handler } = action;
    const handle = handler.handles.get(action.instance.template.name) as HandleFunction;
    const request: QuotaRequest = { amount: -granted, bestEffort: true, dedupId };
    // Nobody waits for it; a failure is counted and logged like any other.
    void call(handler, handle, [instance, request], this.#session.scope, this.#session.context.ambient);
  }

  #giveBackLate(due: Due, request: QuotaRequest, value: unknown): void {
    if (quotaAnswerProblem(value, request) === undefined && (value as QuotaResult).granted > 0) {
      this.#giveBack(due, request, (value as QuotaResult).granted);
    }
  }
}

/** Of two standings the one closer to its limit. */
function tighter(a: QuotaStanding | undefined, b: QuotaStanding): QuotaStanding {
  return a === undefined || b.remaining / b.limit < a.remaining / a.limit ? b : a;
}
