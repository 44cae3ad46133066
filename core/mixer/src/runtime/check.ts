import { KraterError } from '@krater/documents';
import type { Answer, Decision } from '../decision.ts';
import type { Reads, RecorderPool } from '../expression/reads.ts';
import type { CheckOptions } from '../mixer.ts';
import { type CheckResult, doNotCache, type Validity } from '../result.ts';
import type { Status } from '../status.ts';
import type { MaybePromise } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { Ambient } from './ambient.ts';
import { checkAnswerProblem, outputProblem } from './answer.ts';
import { CallScope, call, failed, isPromise, type Outcome } from './call.ts';
import { buildDecision, type Verdict } from './decision-record.ts';
import { failureStatus } from './failure-policy.ts';
import type { HandleFunction, Handler } from './handler.ts';
import { headerOperations } from './header-operations.ts';
import { type Production, produce, unproduced } from './production.ts';
import { type Charging, chargeQuotas } from './quota-charging.ts';
import type { Action } from './rule.ts';
import type { LinkedRule, Producer, Snapshot } from './snapshot.ts';
import type { Statistics } from './statistics.ts';
import { leastValidity } from './validity.ts';

export interface CheckContext {
  readonly ambient: Ambient;
  readonly statistics: Statistics;
  readonly deadline: number;
  readonly nextId: () => string;
  readonly recorders: RecorderPool;
}

/** A check handler's answer in its rule's place. */
export interface CheckAnswer {
  readonly rule: LinkedRule;
  readonly action: Action<Handler>;
  readonly result: CheckResult;
  readonly failed: boolean;
  readonly took: number;
}

/**
 * Decides one request, in six steps: candidates by the index; producers they read; matches and checks in rule order;
 * the first refusal in order; header operations; quotas. Stays synchronous until a handler answers with a promise.
 */
export class CheckSession {
  readonly snapshot: Snapshot;
  readonly context: CheckContext;
  readonly options: CheckOptions;
  readonly id: string;
  readonly scope: CallScope;
  readonly began: number;
  readonly request: Bag;
  /** What was read of the request itself, and what was read after producers had filled in theirs: one until they do. */
  readonly requestReads: Reads;
  reads: Reads;
  readonly matched: LinkedRule[] = [];
  production: Production;

  constructor(snapshot: Snapshot, bag: Bag, options: CheckOptions, context: CheckContext) {
    this.snapshot = snapshot;
    this.context = context;
    this.options = options;
    this.id = context.nextId();
    this.requestReads = context.recorders.take();
    this.reads = this.requestReads;
    this.began = context.ambient.clock.now();
    const wait = Math.min(context.deadline, options.timeout === undefined ? Infinity : options.timeout * 0.9);
    this.scope = new CallScope(this.began + wait, options);
    this.request = bag.vocabulary === snapshot.vocabulary ? bag : bag.over(snapshot.vocabulary);
    this.production = unproduced(this.request);
  }

  run(): MaybePromise<Decision> {
    const candidates = this.snapshot
      .routes(this.options.namespace)
      .check.candidates(this.request, this.requestReads);
    const producers = producersOf(candidates);
    if (producers === undefined) return this.#decide(candidates);
    const production = produce(producers, this.request, this.requestReads, this.scope, this.context.ambient);
    if (!isPromise(production)) return this.#decideWith(candidates, production);
    return (production as Promise<Production>).then(made => this.#decideWith(candidates, made));
  }

  #decideWith(candidates: readonly LinkedRule[], production: Production): MaybePromise<Decision> {
    this.production = production;
    this.reads = this.context.recorders.take();
    return this.#decide(candidates);
  }

  /** Asks in rule order; a refusal that is known at once ends it, because nothing later can win over it. */
  #decide(candidates: readonly LinkedRule[]): MaybePromise<Decision> {
    const answers: MaybePromise<CheckAnswer>[] = [];
    let pending = false;
    search: for (const rule of candidates) {
      const failure = this.#failureOf(rule);
      if (failure === undefined && !this.#applies(rule)) continue;
      for (const action of rule.checks) {
        const answer =
          failure === undefined ? this.#ask(rule, action) : this.#judge(rule, action, { failure }, 0);
        answers.push(answer);
        if (isPromise(answer)) pending = true;
        else if ((answer as CheckAnswer).result.status.code !== 'OK') break search;
      }
      if (failure === undefined) this.matched.push(rule);
      else if (rule.quotas.length > 0 && rule.onError === 'deny')
        return this.#conclude(answers as CheckAnswer[], failure);
    }
    if (!pending) return this.#conclude(answers as CheckAnswer[]);
    return this.#settle(answers).then(settled => this.#conclude(settled));
  }

  /** A failed producer whose output the rule reads. */
  #failureOf(rule: LinkedRule): KraterError | undefined {
    const { failures } = this.production;
    if (failures.size === 0) return undefined;
    for (const [slot, failure] of failures) if (rule.checkReads.has(slot)) return failure;
    return undefined;
  }

  #applies(rule: LinkedRule): boolean {
    const value = rule.match.evaluate(this.production.bag, this.reads);
    if (value === undefined) rule.statistics.unknown++;
    const applies = value === true || (value === undefined && rule.onMissing === 'apply');
    if (applies) rule.statistics.matched++;
    return applies;
  }

  #ask(rule: LinkedRule, action: Action<Handler>): MaybePromise<CheckAnswer> {
    const { handler, instance } = action;
    const { ambient } = this.context;
    const began = ambient.clock.now();
    const built = instance.build(this.production.bag, this.reads);
    if (built === undefined) {
      const message = `instance "${instance.name}" of rule "${rule.id}" has a field without a value`;
      return this.#judge(
        rule,
        action,
        failed(handler, new KraterError('INSTANCE_FIELD_UNKNOWN', message), ambient),
        0,
      );
    }
    const handle = handler.handles.get(instance.template.name) as HandleFunction;
    const outcome = call(handler, handle, [built], this.scope, ambient);
    if (!isPromise(outcome))
      return this.#judge(rule, action, outcome as Outcome, ambient.clock.now() - began);
    return (outcome as Promise<Outcome>).then(settled =>
      this.#judge(rule, action, settled, ambient.clock.now() - began),
    );
  }

  /** Turns an outcome into an answer: nonsense is a failure, and a failure is what the rule's onError makes of it. */
  #judge(rule: LinkedRule, action: Action<Handler>, outcome: Outcome, took: number): CheckAnswer {
    let failure: KraterError | undefined;
    if ('value' in outcome) {
      const result = outcome.value as CheckResult;
      const nonsense =
        checkAnswerProblem(result) ??
        (result.output && outputProblem(result.output, action.instance.template));
      if (nonsense === undefined) return { rule, action, result, failed: false, took };
      const error = new KraterError('HANDLER_NONSENSE', `handler "${action.handler.plan.id}" ${nonsense}`);
      failure = (failed(action.handler, error, this.context.ambient) as { failure: KraterError }).failure;
    } else failure = outcome.failure;
    rule.statistics.errors++;
    return {
      rule,
      action,
      result: { status: failureStatus(rule, 'deny', failure), validity: doNotCache },
      failed: true,
      took,
    };
  }

  /** Waits in rule order; the first refusal in order wins even over one that was there earlier. */
  async #settle(answers: readonly MaybePromise<CheckAnswer>[]): Promise<CheckAnswer[]> {
    const settled: CheckAnswer[] = [];
    for (const pending of answers) {
      const answer = await pending;
      settled.push(answer);
      if (answer.result.status.code !== 'OK') break;
    }
    return settled;
  }

  #conclude(answers: readonly CheckAnswer[], failure?: KraterError): MaybePromise<Decision> {
    const winner = answers.find(answer => answer.result.status.code !== 'OK');
    const validities = answers.flatMap(answer => answer.result.validity ?? []);
    const validity = leastValidity([
      ...validities,
      ...this.production.validities,
      ...(this.production.failures.size > 0 ? [doNotCache] : []),
    ]);
    if (winner !== undefined || failure !== undefined) {
      this.scope.cancel(new KraterError('CHECK_DECIDED', 'an earlier refusal has decided'));
      if (winner !== undefined) winner.rule.statistics.denied++;
      const status = winner?.result.status ?? {
        code: 'UNAVAILABLE',
        message: (failure as KraterError).message,
      };
      return this.#record(answers, {
        status,
        validity,
        refusedBy: winner,
        directResponse: winner?.result.directResponse,
      });
    }
    const operations = headerOperations(this.matched, answers, this.production.bag, this.reads);
    const charged = chargeQuotas(this);
    const directResponse = answers.find(answer => answer.result.directResponse !== undefined)?.result
      .directResponse;
    const record = (charging: Charging): Decision =>
      this.#record(answers, { validity, ...operations, directResponse, ...charging });
    return isPromise(charged) ? (charged as Promise<Charging>).then(record) : record(charged as Charging);
  }

  #record(
    answers: readonly CheckAnswer[],
    verdict: Partial<Verdict> & { status: Status; validity: Validity },
  ): Decision {
    const { statistics, ambient } = this.context;
    statistics.checks[verdict.status.code === 'OK' ? 'allowed' : 'denied']++;
    statistics.checkTime += ambient.clock.now() - this.began;
    return buildDecision(this, answers.map(toAnswer), verdict);
  }
}

function toAnswer({ rule, action, result, failed, took }: CheckAnswer): Answer {
  return {
    rule: rule.id,
    handler: action.handler.plan.id,
    instance: action.instance.name,
    status: result.status,
    took,
    failed,
  };
}

function producersOf(candidates: readonly LinkedRule[]): Set<Producer> | undefined {
  let producers: Set<Producer> | undefined;
  for (const { checkProducers } of candidates) {
    for (const producer of checkProducers) producers = (producers ?? new Set<Producer>()).add(producer);
  }
  return producers;
}
