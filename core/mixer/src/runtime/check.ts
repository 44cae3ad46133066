import { KraterError } from '@krater/documents';
import { bagOver } from '../call-arguments.ts';
import type { Decision } from '../decision.ts';
import type { Reads, RecorderPool } from '../expression/reads.ts';
import type { CheckOptions } from '../mixer.ts';
import { doNotCache, type Validity } from '../result.ts';
import type { Status } from '../status.ts';
import type { MaybePromise } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { Ambient } from './ambient.ts';
import { isPromise } from './call.ts';
import { CallScope } from './call-scope.ts';
import { answerWithoutProducer, ask, type CheckAnswer, recordedAnswer } from './check-answer.ts';
import { buildDecision, type Verdict } from './decision-record.ts';
import { headerOperations } from './header-operations.ts';
import type { LeaseBook } from './lease-book.ts';
import {
  failedProducer,
  type Production,
  produce,
  producersOf,
  unproduced,
  type View,
  viewOf,
} from './production.ts';
import { type Charging, chargeQuotas } from './quota-charging.ts';
import type { LinkedRule, Snapshot } from './snapshot.ts';
import type { SnapshotLease } from './snapshot-lease.ts';
import type { Statistics } from './statistics.ts';
import { leastValidity } from './validity.ts';

export interface CheckContext {
  readonly ambient: Ambient;
  readonly statistics: Statistics;
  readonly deadline: number;
  readonly nextId: () => string;
  readonly recorders: RecorderPool;
  readonly leases: LeaseBook;
}

/** Made once: an error costs more to make than a refusal. */
const decided = new KraterError('CHECK_DECIDED', 'an earlier refusal has decided');

/**
 * Decides one request, in six steps: candidates by the index; producers they read; matches and checks in rule order;
 * the first refusal in order; header operations; quotas. Stays synchronous until a handler answers with a promise.
 */
export class CheckSession {
  readonly lease: SnapshotLease;
  readonly snapshot: Snapshot;
  readonly context: CheckContext;
  readonly options: CheckOptions;
  readonly id: string;
  readonly scope: CallScope;
  readonly began: number;
  readonly request: Bag;
  /** What was read of the request itself, before producers had filled in theirs. */
  readonly requestReads: Reads;
  readonly matched: LinkedRule[] = [];
  production: Production;

  constructor(lease: SnapshotLease, bag: Bag, options: CheckOptions, context: CheckContext) {
    this.lease = lease;
    this.snapshot = lease.snapshot;
    this.context = context;
    this.options = options;
    this.id = context.nextId();
    this.requestReads = context.recorders.take();
    this.began = context.ambient.clock.now();
    const { timeout = Infinity } = options;
    const wait = timeout >= 0 ? Math.min(context.deadline, timeout * 0.9) : context.deadline;
    this.scope = new CallScope(this.began + wait, options);
    const { vocabulary } = this.snapshot;
    this.request = bagOver(bag, vocabulary);
    this.production = unproduced(this.request, this.requestReads);
  }

  run(): MaybePromise<Decision> {
    const candidates = this.snapshot
      .routes(this.options.namespace)
      .check.candidates(this.request, this.requestReads);
    const producers = producersOf(candidates, 'checkProducers');
    if (producers === undefined) return this.#decide(candidates);
    const { ambient, recorders } = this.context;
    const production = produce(producers, this.request, this.requestReads, {
      scope: this.scope,
      ambient,
      recorder: () => recorders.take(),
    });
    const decide = (made: Production) => {
      this.production = made;
      return this.#decide(candidates);
    };
    return isPromise(production)
      ? (production as Promise<Production>).then(decide)
      : decide(production as Production);
  }

  /** Asks in rule order; a refusal that is known at once ends it, because nothing later can win over it. */
  #decide(candidates: readonly LinkedRule[]): MaybePromise<Decision> {
    const { ambient } = this.context;
    const answers: MaybePromise<CheckAnswer>[] = [];
    let pending = false;
    search: for (const rule of candidates) {
      const view = viewOf(this.production, rule);
      if (!applies(rule, rule.match.evaluate(view.bag, view.reads), view)) continue;
      const failure = failedProducer(rule.checkReads, view);
      if (failure !== undefined) {
        const answer = answerWithoutProducer(rule, failure);
        answers.push(answer);
        if (answer.result.status.code !== 'OK') break;
        continue;
      }
      for (const action of rule.checks) {
        const answer = ask(rule, action, view, this.scope, ambient);
        answers.push(answer);
        if (isPromise(answer)) pending = true;
        else if ((answer as CheckAnswer).result.status.code !== 'OK') break search;
      }
      this.matched.push(rule);
    }
    if (!pending) return this.#conclude(answers as CheckAnswer[]);
    return this.#settle(answers).then(settled => this.#conclude(settled));
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

  #conclude(answers: readonly CheckAnswer[]): MaybePromise<Decision> {
    const refusedBy = answers.find(answer => answer.result.status.code !== 'OK');
    const { root, own, validities } = this.production;
    const validity = leastValidity([
      ...answers.flatMap(answer => answer.result.validity ?? []),
      ...validities,
      ...(root.failures.size + own.failures.size > 0 ? [doNotCache] : []),
    ]);
    if (refusedBy !== undefined) {
      this.scope.cancel(decided);
      refusedBy.rule.statistics.denied++;
      const { status, directResponse } = refusedBy.result;
      return this.#record(answers, { status, validity, directResponse });
    }
    const operations = headerOperations(this, answers);
    const charged = chargeQuotas(this);
    const directResponse = answers.find(answer => answer.result.directResponse !== undefined)?.result
      .directResponse;
    // A refusal of a quota says nothing about the next request; whatever was cached before stays.
    const record = (charging: Charging): Decision => {
      const lasts = charging.status.code === 'OK' ? validity : doNotCache;
      return this.#record(answers, { validity: lasts, ...operations, directResponse, ...charging });
    };
    return isPromise(charged) ? (charged as Promise<Charging>).then(record) : record(charged as Charging);
  }

  #record(
    answers: readonly CheckAnswer[],
    verdict: Partial<Verdict> & { status: Status; validity: Validity },
  ): Decision {
    const { statistics, ambient } = this.context;
    if (this.options.leases?.refill !== true)
      statistics.checks[verdict.status.code === 'OK' ? 'allowed' : 'denied']++;
    statistics.checkTime += ambient.clock.now() - this.began;
    return buildDecision(this, answers.map(recordedAnswer), verdict);
  }
}

/**
 * Whether a rule applies to a request, counted. A match that is unknown because a producer failed applies too: as the
 * rule's failure.
 */
function applies(rule: LinkedRule, value: unknown, view: View): boolean {
  if (value === undefined) rule.statistics.unknown++;
  const holds = value === true || (value === undefined && rule.onMissing === 'apply');
  if (holds) rule.statistics.matched++;
  return holds || (value === undefined && failedProducer(rule.matchReads, view) !== undefined);
}
