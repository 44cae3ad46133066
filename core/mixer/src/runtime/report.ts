import { bagOver } from '../call-arguments.ts';
import { noReads, Reads } from '../expression/reads.ts';
import type { MaybePromise } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { Ambient } from './ambient.ts';
import { call, isPromise } from './call.ts';
import { CallScope } from './call-scope.ts';
import type { HandleFunction, Handler } from './handler.ts';
import { type Production, produce, producersOf, unproduced, viewOf } from './production.ts';
import type { LinkedRule, Snapshot } from './snapshot.ts';
import type { Statistics } from './statistics.ts';

export interface ReportContext {
  readonly ambient: Ambient;
  readonly statistics: Statistics;
}

/** Instances for one template of one handler, gathered over a batch. */
type Gathered = Map<Handler, Map<string, unknown[]>>;

/**
 * Runs the report rules over a batch and hands each handler all its instances at once. A failing handler is counted and
 * keeps nothing from the others.
 */
export function report(
  snapshot: Snapshot,
  bags: readonly Bag[],
  namespace: string | undefined,
  context: ReportContext,
): MaybePromise<void> {
  const { ambient, statistics } = context;
  // Nobody waits for a report, so each handler has its own deadline and no other.
  const scope = new CallScope(Infinity);
  const gathered: Gathered = new Map();
  const { report: index } = snapshot.routes(namespace);
  statistics.reports += bags.length;
  const pending: Promise<void>[] = [];
  for (const sent of bags) {
    const bag = bagOver(sent, snapshot.vocabulary);
    const rules = index.candidates(bag, undefined);
    const producers = producersOf(rules, 'reportProducers');
    if (producers === undefined) {
      gather(rules, unproduced(bag, noReads), gathered);
      continue;
    }
    const production = produce(producers, bag, new Reads(), { scope, ambient, recorder: () => new Reads() });
    if (isPromise(production))
      pending.push((production as Promise<Production>).then(made => gather(rules, made, gathered)));
    else gather(rules, production as Production, gathered);
  }
  if (pending.length === 0) return deliver(gathered, scope, ambient);
  return Promise.all(pending).then(() => deliver(gathered, scope, ambient));
}

function gather(rules: readonly LinkedRule[], production: Production, gathered: Gathered): void {
  for (const rule of rules) {
    const { bag } = viewOf(production, rule);
    const value = rule.match.evaluate(bag);
    if (value === undefined) rule.statistics.unknown++;
    if (value !== true && !(value === undefined && rule.onMissing === 'apply')) continue;
    rule.statistics.matched++;
    for (const { handler, instance } of rule.reports) {
      const byTemplate = gathered.get(handler) ?? new Map<string, unknown[]>();
      gathered.set(handler, byTemplate);
      const instances = byTemplate.get(instance.template.name);
      const built = instance.build(bag, undefined);
      if (instances === undefined) byTemplate.set(instance.template.name, [built]);
      else instances.push(built);
    }
  }
}

function deliver(gathered: Gathered, scope: CallScope, ambient: Ambient): MaybePromise<void> {
  const pending: Promise<unknown>[] = [];
  for (const [handler, byTemplate] of gathered) {
    for (const [template, instances] of byTemplate) {
      const outcome = call(
        handler,
        handler.handles.get(template) as HandleFunction,
        [instances],
        scope,
        ambient,
      );
      if (isPromise(outcome)) pending.push(outcome);
    }
  }
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}
