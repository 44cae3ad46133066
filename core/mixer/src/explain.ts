import { bagOver } from './call-arguments.ts';
import { explainTree } from './expression/explain.ts';
import { noReads, Reads } from './expression/reads.ts';
import type { CheckOptions, Explanation, RuleExplanation } from './mixer.ts';
import type { CheckResult, QuotaResult } from './result.ts';
import type { Ambient } from './runtime/ambient.ts';
import { checkAnswerProblem, quotaAnswerProblem } from './runtime/answer.ts';
import { call, type Outcome } from './runtime/call.ts';
import { CallScope } from './runtime/call-scope.ts';
import { placeOf } from './runtime/configuration.ts';
import type { HandleFunction } from './runtime/handler.ts';
import {
  failedProducer,
  type Production,
  produce,
  producersOf,
  unproduced,
  viewOf,
} from './runtime/production.ts';
import type { LinkedRule, Snapshot } from './runtime/snapshot.ts';
import type { Bag } from './vocabulary/bag.ts';

/** How long explaining may take, in milliseconds: people wait longer than requests. */
const patience = 2_000;

/**
 * A dry run of a check: every rule that the request can meet, what its match came to and why, and what its handlers
 * would say. A handler is asked only where it can answer without side effects: by its `explain`, or by asking a quota
 * for nothing.
 */
export async function explain(
  snapshot: Snapshot,
  sent: Bag,
  options: CheckOptions,
  { ambient }: { readonly ambient: Ambient },
): Promise<Explanation> {
  const bag = bagOver(sent, snapshot.vocabulary);
  const scope = new CallScope(ambient.clock.now() + patience, options);
  const candidates = new Set(snapshot.routes(options.namespace).check.candidates(bag, undefined));
  const producers = producersOf([...candidates], 'checkProducers');
  const recorder = () => new Reads();
  const production: Production =
    producers === undefined
      ? unproduced(bag, noReads)
      : await produce(producers, bag, recorder(), { scope, ambient, recorder });
  const met = snapshot.rules.filter(({ isRoot, namespace }) => isRoot || namespace === options.namespace);
  const rules: RuleExplanation[] = [];
  for (const rule of met) {
    const view = viewOf(production, rule);
    const value = rule.match.evaluate(view.bag) as boolean | undefined;
    const failed = value === false ? undefined : failedProducer(rule.checkReads, view);
    const applies = value === true || (value === undefined && rule.onMissing === 'apply');
    rules.push({
      rule: rule.id,
      namespace: rule.namespace,
      place: placeOf(rule),
      match: rule.match.source,
      value: value ?? 'unknown',
      ...(value !== true && { reason: explainTree(rule.match.tree, view.bag) }),
      ...(failed !== undefined && { reason: `a producer it reads failed: ${failed.failure.message}` }),
      pruned: !candidates.has(rule),
      handlers: applies && failed === undefined ? await askHandlers(rule, view.bag, scope, ambient) : [],
    });
  }
  return { rules };
}

async function askHandlers(
  rule: LinkedRule,
  bag: Bag,
  scope: CallScope,
  ambient: Ambient,
): Promise<RuleExplanation['handlers']> {
  const said: { handler: string; instance: string; answer: string }[] = [];
  for (const { handler, instance } of [...rule.checks, ...rule.quotas]) {
    const { name } = instance.template;
    const built = instance.build(bag, undefined);
    const tell = (answer: string) => said.push({ handler: handler.plan.id, instance: instance.name, answer });
    if (built === undefined)
      tell(instance.expressions.flatMap(({ expression }) => expression.why(bag)?.message ?? []).join('; '));
    else if (instance.template.variety === 'quota') {
      const peek = { amount: 0, bestEffort: false, dedupId: '' };
      const handle = handler.handles.get(name) as HandleFunction;
      const outcome = await call(handler, handle, [built, peek], scope, ambient);
      tell(describe(outcome, value => quotaAnswerProblem(value, peek)));
    } else {
      const dry = handler.explains.get(name);
      tell(
        dry === undefined
          ? 'not asked: the adapter has no explain'
          : describe(await call(handler, dry, [built], scope, ambient), checkAnswerProblem),
      );
    }
  }
  return said;
}

function describe(outcome: Outcome, problemOf: (value: unknown) => string | undefined): string {
  if ('failure' in outcome) return `failed: ${outcome.failure.message}`;
  const problem = problemOf(outcome.value);
  if (problem !== undefined) return `failed: the handler ${problem}`;
  const { status, standing } = outcome.value as CheckResult & QuotaResult;
  if (standing !== undefined) return `${standing.remaining} of ${standing.limit} left`;
  return status.code === 'OK' ? 'allows' : `refuses with ${status.code}: ${status.message}`;
}
