import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QuotaRequest } from '../result.ts';
import { checkAnswerProblem, outputProblem, quotaAnswerProblem } from '../runtime/answer.ts';
import type { CallContext, Template } from '../template.ts';
import { isMap } from '../value.ts';
import type { FakeEnv } from './fake-env.ts';
import type { SampleInstance } from './sample.ts';

/** What a call knows beside its instance, for calling a handler by hand. The deadline is 50 ms on the environment's clock. */
export function fakeContext(
  env: Pick<FakeEnv, 'clock' | 'signal'>,
  signal: AbortSignal = env.signal,
): CallContext {
  const now = env.clock.now();
  return { signal, now, deadline: now + 50 };
}

/** What came of one call. */
export interface Answered {
  /** Which handler was asked about what. */
  readonly told: string;
  readonly answer?: unknown;
  /** Why there is no answer: it threw, or did not come to an end. */
  readonly failure?: string;
  /** What is wrong with the answer. */
  readonly problem?: string;
}

/** Calls a handler with an instance as the engine would, and asserts that the answer is well-formed. */
export async function callHandler(
  handler: { readonly [name: string]: unknown },
  template: Template,
  instance: SampleInstance,
  env: FakeEnv,
): Promise<void> {
  for (const answered of await askHandler(handler, template, instance, env)) {
    const { told, failure, problem } = answered;
    assert.equal(failure ?? problem, undefined, `${told}: ${failure ?? problem}`);
  }
}

/** Everything that the engine may ask a handler about one instance, in turn. */
export async function askHandler(
  handler: { readonly [name: string]: unknown },
  template: Template,
  instance: SampleInstance,
  env: FakeEnv,
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (const { args, problemOf } of questions(template, instance)) {
    const told = `${template.name} handler, instance ${shown(instance)}`;
    const outcome = await ended(() => callable(handler, template)(...args, fakeContext(env)), env);
    const problem = 'answer' in outcome ? problemOf(outcome.answer) : undefined;
    answers.push({ told, ...outcome, ...(problem !== undefined && { problem }) });
  }
  return answers;
}

/** The same calls all at once, under a signal; their promises, as they are. */
export function startCalls(
  handler: { readonly [name: string]: unknown },
  template: Template,
  instance: SampleInstance,
  env: FakeEnv,
  signal: AbortSignal,
): readonly Promise<unknown>[] {
  return questions(template, instance).map(async ({ args }) =>
    callable(handler, template)(...args, fakeContext(env, signal)),
  );
}

interface Question {
  readonly args: readonly unknown[];
  readonly problemOf: (answer: unknown) => string | undefined;
}

function questions(template: Template, instance: SampleInstance): readonly Question[] {
  switch (template.variety) {
    case 'check':
      return [{ args: [instance], problemOf: answer => checkProblem(answer, template) }];
    case 'quota':
      return quotaRequests.map(request => ({
        args: [instance, request],
        problemOf: answer =>
          quotaAnswerProblem(answer, request) ??
          surplusProblem(answer, ['status', 'granted', 'standing', 'retryAfter', 'leasable']),
      }));
    case 'report':
      return [[instance, instance], []].map(instances => ({ args: [instances], problemOf: reportProblem }));
    case 'attributes':
      return [{ args: [instance], problemOf: answer => outputProblem(answer, template) }];
  }
}

const quotaRequests: readonly QuotaRequest[] = [
  { amount: 0, bestEffort: false, dedupId: '' },
  { amount: 1, bestEffort: false, dedupId: '' },
  { amount: 1, bestEffort: false, dedupId: 'contract-1' },
  { amount: -1, bestEffort: false, dedupId: 'contract-1' },
  { amount: -1, bestEffort: false, dedupId: 'contract-never-granted' },
  { amount: 1_000_000_000, bestEffort: true, dedupId: 'contract-2' },
  { amount: 1_000_000_000, bestEffort: false, dedupId: 'contract-3' },
];

/** What is wrong with the answer of a check handler, its output included. */
export function checkProblem(answer: unknown, template: Template): string | undefined {
  const problem = checkAnswerProblem(answer);
  if (problem !== undefined || !isMap(answer)) return problem;
  return (
    (answer['output'] === undefined ? undefined : outputProblem(answer['output'], template)) ??
    surplusProblem(answer, ['status', 'validity', 'output', 'directResponse'])
  );
}

function reportProblem(answer: unknown): string | undefined {
  return answer === undefined ? undefined : 'answered, although a report has no answer';
}

function surplusProblem(answer: unknown, known: readonly string[]): string | undefined {
  const surplus = Object.keys(answer as object).filter(key => !known.includes(key));
  return surplus.length === 0
    ? undefined
    : `answered with surplus fields ${surplus.map(key => `"${key}"`).join(', ')}`;
}

/** Milliseconds of real time after which the fake clock is moved on, for a handler that waits on it. */
const impatience = 100;
/** Milliseconds of real time after which nothing is expected any more. */
export const patience = 2_000;

async function ended(
  call: () => unknown,
  env: FakeEnv,
): Promise<{ readonly answer: unknown } | { readonly failure: string }> {
  const outcome = (async () => call())().then(
    answer => ({ answer }),
    error => ({ failure: `threw ${error instanceof Error ? error.message : String(error)}` }),
  );
  return (
    (await within(impatience, outcome)) ??
    (await env.clock.advance(50, { wait: false }).then(() => within(patience, outcome))) ?? {
      failure: 'gave no answer',
    }
  );
}

/** What a promise comes to within milliseconds of real time, or undefined. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const enough = new AbortController();
  const overdue = sleep(milliseconds, undefined, { signal: enough.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, overdue]);
  } finally {
    enough.abort();
  }
}

function callable(handler: { readonly [name: string]: unknown }, { name }: Template) {
  return (handler[name] as (...args: readonly unknown[]) => unknown).bind(handler);
}

/** As much of an instance as a message can bear. */
export function shown(instance: SampleInstance): string {
  const text = JSON.stringify(instance, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
