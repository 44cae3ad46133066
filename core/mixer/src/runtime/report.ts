import { Reads } from '../expression/reads.ts';
import type { MaybePromise } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { Ambient } from './ambient.ts';
import { CallScope, call, isPromise } from './call.ts';
import type { HandleFunction, Handler } from './handler.ts';
import { type Production, produce } from './production.ts';
import type { LinkedRule, Producer, Snapshot } from './snapshot.ts';
import type { Statistics } from './statistics.ts';

export interface ReportContext {
  readonly ambient: Ambient;
  readonly statistics: Statistics;
  readonly deadline: number;
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
  const { ambient, statistics, deadline } = context;
  const scope = new CallScope(ambient.clock.now() + deadline);
  const gathered: Gathered = new Map();
  const { report: index } = snapshot.routes(namespace);
  statistics.reports += bags.length;
  const pending: Promise<void>[] = [];
  for (const sent of bags) {
    const bag = sent.vocabulary === snapshot.vocabulary ? sent : sent.over(snapshot.vocabulary);
    const rules = index.candidates(bag, undefined);
    const producers = producersOf(rules);
    if (producers === undefined) {
      gather(rules, bag, gathered);
      continue;
    }
    const production = produce(producers, bag, new Reads(), scope, ambient);
    if (isPromise(production))
      pending.push((production as Promise<Production>).then(made => gather(rules, made.bag, gathered)));
    else gather(rules, (production as Production).bag, gathered);
  }
  if (pending.length === 0) return deliver(gathered, scope, ambient);
  return Promise.all(pending).then(() => deliver(gathered, scope, ambient));
}

function gather(rules: readonly LinkedRule[], bag: Bag, gathered: Gathered): void {
  for (const rule of rules) {
    const value = rule.match.evaluate(bag);
    if (value === undefined) rule.statistics.unknown++;
    if (value !== true && !(value === undefined && rule.onMissing === 'apply')) continue;
    rule.statistics.matched++;
    for (const { handler, instance } of rule.reports) {
      let byTemplate = gathered.get(handler);
      if (byTemplate === undefined) gathered.set(handler, (byTemplate = new Map()));
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

function producersOf(rules: readonly LinkedRule[]): Set<Producer> | undefined {
  let producers: Set<Producer> | undefined;
  for (const { reportProducers } of rules) {
    for (const producer of reportProducers) producers = (producers ?? new Set<Producer>()).add(producer);
  }
  return producers;
}
