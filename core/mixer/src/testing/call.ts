import assert from 'node:assert/strict';
import type { CheckResult, QuotaRequest } from '../result.ts';
import { checkAnswerProblem, outputProblem, quotaAnswerProblem } from '../runtime/answer.ts';
import type { CallContext, Template } from '../template.ts';
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

/** Calls a handler with an instance as the engine would, and asserts that the answer is well-formed. */
export async function callHandler(
  handler: { readonly [name: string]: unknown },
  template: Template,
  instance: SampleInstance,
  env: FakeEnv,
): Promise<void> {
  const handle = handler[template.name] as (...args: unknown[]) => unknown;
  const told = `${template.name} handler, instance ${JSON.stringify(instance, bigintText)}`;
  const wellFormed = (problem: string | undefined) => assert.equal(problem, undefined, `${told}: ${problem}`);
  const context = fakeContext(env);
  switch (template.variety) {
    case 'check': {
      const answer = (await handle(instance, context)) as CheckResult;
      wellFormed(checkAnswerProblem(answer) ?? (answer.output && outputProblem(answer.output, template)));
      checkKeys(answer, ['status', 'validity', 'output', 'directResponse'], told);
      const stateful = ['changed', 'timers', 'keep'].filter(use => env.used.has(use as 'keep'));
      assert.ok(
        stateful.length === 0 || answer.validity !== undefined,
        `${told}: the handler has state (it uses ${stateful.join(', ')}), so its answers must state a validity`,
      );
      return;
    }
    case 'quota':
      for (const request of quotaRequests) {
        const answer = await handle(instance, request, context);
        wellFormed(quotaAnswerProblem(answer, request));
        checkKeys(answer as object, ['status', 'granted', 'standing', 'retryAfter', 'leasable'], told);
      }
      return;
    case 'report':
      assert.equal(await handle([instance, instance], context), undefined, `${told}: a report has no answer`);
      assert.equal(await handle([], context), undefined, `${told}: an empty report has no answer`);
      return;
    case 'attributes':
      wellFormed(outputProblem(await handle(instance, context), template));
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

function checkKeys(answer: object, known: readonly string[], told: string): void {
  const surplus = Object.keys(answer).filter(key => !known.includes(key));
  assert.deepEqual(surplus, [], `${told}: the answer has surplus fields`);
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}
