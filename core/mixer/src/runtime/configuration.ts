import type { Configuration } from '../mixer.ts';
import type { Handler } from './handler.ts';
import type { Action } from './rule.ts';
import type { LinkedRule, Snapshot } from './snapshot.ts';

/** A snapshot as people look at it: what decides, in the order in which it does. Params are left out: they hold secrets. */
export function describeConfiguration(snapshot: Snapshot): Configuration {
  const { generation, hash, rules, table } = snapshot;
  return {
    generation,
    hash,
    rules: rules.map(rule => describeRule(rule, snapshot)),
    handlers: [...table.handlers.values()].map(({ plan, deadline }) => ({
      name: plan.id,
      adapter: plan.adapter.name,
      deadline,
    })),
  };
}

/** Where a rule's match stands: file:line:column. */
export function placeOf({ document }: LinkedRule): string {
  const { line, column } = document.source.problem(
    { code: '', message: '' },
    { path: document.sourcePath(['spec', 'match']) },
  ).place;
  return `${document.source.file.path}:${line}:${column}`;
}

function describeRule(rule: LinkedRule, { vocabulary }: Snapshot): Configuration['rules'][number] {
  const { id, namespace, match, clause, onError, checks, quotas, reports, producers } = rule;
  const attribute = clause && vocabulary.declarations[clause.slot]?.name;
  return {
    rule: id,
    namespace,
    place: placeOf(rule),
    match: match.source,
    ...(attribute !== undefined && { foundBy: `${attribute} == ${JSON.stringify(clause?.value)}` }),
    ...(onError !== undefined && { onError }),
    actions: [...producers, ...checks, ...quotas, ...reports].map(describeAction),
  };
}

function describeAction({
  handler,
  instance,
}: Action<Handler>): Configuration['rules'][number]['actions'][number] {
  const { name, template } = instance;
  return {
    variety: template.variety,
    handler: handler.plan.id,
    instance: name,
    template: template.name,
  };
}
