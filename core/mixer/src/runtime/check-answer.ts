import { KraterError } from '@krater/documents';
import type { Answer } from '../decision.ts';
import { type CheckResult, doNotCache } from '../result.ts';
import type { MaybePromise } from '../value.ts';
import type { Ambient } from './ambient.ts';
import { checkAnswerProblem, outputProblem } from './answer.ts';
import { call, failed, isPromise, type TimedOutcome } from './call.ts';
import type { CallScope } from './call-scope.ts';
import { failureStatus } from './failure-policy.ts';
import type { HandleFunction, Handler } from './handler.ts';
import type { ProducerFailure, View } from './production.ts';
import type { Action } from './rule.ts';
import type { LinkedRule } from './snapshot.ts';

/** A check handler's answer in its rule's place. */
export interface CheckAnswer {
  readonly rule: LinkedRule;
  readonly action: Action<Handler>;
  readonly result: CheckResult;
  readonly failed: boolean;
  /** Milliseconds. */
  readonly took: number;
  /** The handler's, before it was asked. */
  readonly epoch: number;
}

/** Asks a rule's check handler. */
export function ask(
  rule: LinkedRule,
  action: Action<Handler>,
  view: View,
  scope: CallScope,
  ambient: Ambient,
): MaybePromise<CheckAnswer> {
  const { handler, instance } = action;
  const built = instance.build(view.bag, view.reads);
  if (built === undefined) {
    const message = `instance "${instance.name}" of rule "${rule.id}" has a field without a value`;
    const { failure } = failed(handler, new KraterError('INSTANCE_FIELD_UNKNOWN', message), ambient);
    return failedAnswer(rule, action, failure, 0);
  }
  const handle = handler.handles.get(instance.template.name) as HandleFunction;
  const { epoch } = handler;
  const outcome = call(handler, handle, [built], scope, ambient);
  return isPromise(outcome)
    ? (outcome as Promise<TimedOutcome>).then(settled => judge(rule, action, settled, epoch, ambient))
    : judge(rule, action, outcome as TimedOutcome, epoch, ambient);
}

/** Turns an outcome into an answer: nonsense is a failure too. */
function judge(
  rule: LinkedRule,
  action: Action<Handler>,
  outcome: TimedOutcome,
  epoch: number,
  ambient: Ambient,
): CheckAnswer {
  const { took } = outcome;
  rule.statistics.time += took;
  if ('failure' in outcome) return failedAnswer(rule, action, outcome.failure, took);
  const result = outcome.value as CheckResult;
  const nonsense =
    checkAnswerProblem(result) ?? (result.output && outputProblem(result.output, action.instance.template));
  if (nonsense === undefined) return { rule, action, result, failed: false, took, epoch };
  const error = new KraterError('HANDLER_NONSENSE', `handler "${action.handler.plan.id}" ${nonsense}`);
  return failedAnswer(rule, action, failed(action.handler, error, ambient).failure, took);
}

/** What the rule's onError makes of the failure of a producer whose output the rule reads. */
export function answerWithoutProducer(rule: LinkedRule, { action, failure }: ProducerFailure): CheckAnswer {
  return failedAnswer(rule, action, failure, 0, rule.checks.length > 0 ? 'deny' : 'allow');
}

function failedAnswer(
  rule: LinkedRule,
  action: Action<Handler>,
  failure: KraterError,
  took: number,
  standard: 'allow' | 'deny' = 'deny',
): CheckAnswer {
  rule.statistics.errors++;
  const status = failureStatus(rule, standard, failure);
  const { epoch } = action.handler;
  return { rule, action, result: { status, validity: doNotCache }, failed: true, took, epoch };
}

/** An answer as the decision holds it. */
export function recordedAnswer({ rule, action, result, failed, took, epoch }: CheckAnswer): Answer {
  return {
    rule: rule.id,
    handler: action.handler.plan.id,
    instance: action.instance.name,
    status: result.status,
    took,
    failed,
    epoch,
  };
}
