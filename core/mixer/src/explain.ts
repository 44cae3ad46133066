import { explainTree } from './expression/explain.ts';
import { Reads } from './expression/reads.ts';
import type { CheckOptions, Explanation, RuleExplanation } from './mixer.ts';
import type { CheckResult, QuotaResult } from './result.ts';
import type { Ambient } from './runtime/ambient.ts';
import { CallScope, call, type Outcome } from './runtime/call.ts';
import { produce, unproduced } from './runtime/production.ts';
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
  const bag = sent.vocabulary === snapshot.vocabulary ? sent : sent.over(snapshot.vocabulary);
  const scope = new CallScope(ambient.clock.now() + patience, options);
  const candidates = new Set(snapshot.routes(options.namespace).check.candidates(bag, undefined));
  const producers = new Set([...candidates].flatMap(rule => rule.checkProducers));
  const production =
    producers.size === 0 ? unproduced(bag) : await produce(producers, bag, new Reads(), scope, ambient);
  const { rootNamespace } = snapshot;
  const met = snapshot.rules.filter(
    ({ namespace }) => namespace === rootNamespace || namespace === options.namespace,
  );
  const rules: RuleExplanation[] = [];
  for (const rule of met) {
    const value = rule.match.evaluate(production.bag) as boolean | undefined;
    const applies = value === true || (value === undefined && rule.onMissing === 'apply');
    const { line, column } = rule.document.source.problem(
      { code: '', message: '' },
      { path: rule.document.sourcePath(['spec', 'match']) },
    ).place;
    rules.push({
      rule: rule.id,
      namespace: rule.namespace,
      place: `${rule.document.source.file.path}:${line}:${column}`,
      match: rule.match.source,
      value: value ?? 'unknown',
      ...(value !== true && { reason: explainTree(rule.match.tree, production.bag) }),
      pruned: !candidates.has(rule),
      handlers: applies ? await askHandlers(rule, production.bag, scope, ambient) : [],
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
      const handle = handler.handles.get(name);
      if (handle !== undefined) tell(describe(await call(handler, handle, [built, peek], scope, ambient)));
    } else {
      const dry = handler.explains.get(name);
      tell(
        dry === undefined
          ? 'not asked: the adapter has no explain'
          : describe(await call(handler, dry, [built], scope, ambient)),
      );
    }
  }
  return said;
}

function describe(outcome: Outcome): string {
  if ('failure' in outcome) return `failed: ${outcome.failure.message}`;
  const { status, standing } = outcome.value as CheckResult & QuotaResult;
  if (standing !== undefined) return `${standing.remaining} of ${standing.limit} left`;
  return status.code === 'OK' ? 'allows' : `refuses with ${status.code}: ${status.message}`;
}
