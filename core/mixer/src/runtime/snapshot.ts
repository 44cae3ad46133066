import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Handler } from './handler.ts';
import type { HandlerTable } from './handler-table.ts';
import type { QuotaCharges } from './quota-spec.ts';
import type { Action, Rule } from './rule.ts';
import { RuleIndex } from './rule-index.ts';
import type { RuleStatistics, Statistics } from './statistics.ts';

/** A rule with live handlers. */
export interface LiveRule extends Rule<Handler> {
  readonly statistics: RuleStatistics;
  /** It is asked only by who reads what it produces, so that is where its matches are counted. */
  readonly producesOnly: boolean;
}

/** An attributes action and the rule that decides whether it runs. */
export interface Producer {
  readonly rule: LiveRule;
  readonly action: Action<Handler>;
  /** Among the producers of its rule. */
  readonly position: number;
}

/** A live rule, and the attributes actions of any rule whose outputs it reads before the request, or in reports. */
export interface LinkedRule extends LiveRule {
  readonly checkProducers: readonly Producer[];
  readonly reportProducers: readonly Producer[];
}

/** The rules that one request can meet: those of the root namespace, then those of its own. */
export interface Routes {
  readonly check: RuleIndex<LinkedRule>;
  readonly report: RuleIndex<LinkedRule>;
}

/** A whole configuration, compiled: what linking adds is live handlers. */
export interface CompiledConfig {
  readonly hash: string;
  readonly vocabulary: Vocabulary;
  readonly rules: readonly Rule<string>[];
  readonly quotaCharges: QuotaCharges;
  readonly rootNamespace: string;
}

/** One immutable configuration in service. */
export interface Snapshot {
  readonly hash: string;
  readonly generation: number;
  readonly vocabulary: Vocabulary;
  readonly table: HandlerTable;
  readonly rules: readonly LinkedRule[];
  readonly quotaCharges: QuotaCharges;
  readonly rootNamespace: string;
  routes(namespace: string | undefined): Routes;
}

/** Joins compiled rules and live handlers into the routes by namespace. */
export function linkSnapshot(
  config: CompiledConfig,
  table: HandlerTable,
  generation: number,
  statistics: Statistics,
): Snapshot {
  const live = config.rules.map(rule => enliven(rule, table, statistics));
  const producers = live.flatMap(rule =>
    rule.producers.map((action, position): Producer => ({ rule, action, position })),
  );
  const rules = live.map((rule): LinkedRule => {
    const visible = producers.filter(
      ({ rule: { isRoot, namespace } }) => isRoot || namespace === rule.namespace,
    );
    return {
      ...rule,
      checkProducers: visible.filter(({ action }) => outputs(action, rule.checkReads)),
      reportProducers: visible.filter(({ action }) => outputs(action, rule.reportReads)),
    };
  });
  const ofRoot = rules.filter(rule => rule.isRoot);
  const root = routesOf(ofRoot);
  const byNamespace = new Map<string, Routes>();
  for (const [namespace, own] of Map.groupBy(rules, rule => rule.namespace)) {
    // Root rules come first in decision order.
    if (namespace !== config.rootNamespace) byNamespace.set(namespace, routesOf([...ofRoot, ...own]));
  }
  return {
    hash: config.hash,
    generation,
    vocabulary: config.vocabulary,
    table,
    rules,
    quotaCharges: config.quotaCharges,
    rootNamespace: config.rootNamespace,
    routes: namespace => (namespace === undefined ? root : (byNamespace.get(namespace) ?? root)),
  };
}

function routesOf(rules: readonly LinkedRule[]): Routes {
  return {
    check: new RuleIndex(rules.filter(actsBefore)),
    report: new RuleIndex(rules.filter(rule => rule.reports.length > 0)),
  };
}

function actsBefore(rule: Rule<unknown>): boolean {
  return (
    rule.checks.length + rule.quotas.length + rule.requestHeaders.length + rule.responseHeaders.length > 0
  );
}

function enliven(rule: Rule<string>, table: HandlerTable, statistics: Statistics): LiveRule {
  const link = (action: Action<string>): Action<Handler> => ({
    ...action,
    handler: table.handlers.get(action.handler) as Handler,
  });
  return {
    ...rule,
    checks: rule.checks.map(link),
    quotas: rule.quotas.map(link),
    reports: rule.reports.map(link),
    producers: rule.producers.map(link),
    statistics: statistics.rule(rule.id),
    producesOnly: !actsBefore(rule) && rule.reports.length === 0,
  };
}

function outputs(action: Action<unknown>, slots: ReadonlySet<number>): boolean {
  return action.instance.bindings.some(binding => slots.has(binding.slot));
}
