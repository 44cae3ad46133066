import { KraterError } from '@krater/documents';
import type { Status } from '../status.ts';
import { failed } from './call.ts';
import type { CheckSession } from './check.ts';
import { failureStatus } from './failure-policy.ts';
import type { Handler } from './handler.ts';
import { viewOf } from './production.ts';
import type { AskedQuota } from './quota-spec.ts';
import type { Action } from './rule.ts';
import type { LinkedRule } from './snapshot.ts';

/** One quota to charge: what the rule takes, and what the caller wants beyond. */
export interface Due {
  readonly rule: LinkedRule;
  readonly action: Action<Handler>;
  readonly instance: { readonly dimensions?: { readonly [name: string]: unknown } };
  readonly needed: number;
  readonly wanted: number;
  readonly bestEffort: boolean;
  /** The same for a retry of the same request, and for nothing else that is charged. */
  readonly dedupId: string;
  /** The key under which it was asked for beside its rule. */
  readonly askedAs: string | undefined;
}

/** What is due, in rule order; a refusal where an amount or instance has no value and its rule refuses for it. */
export function collectDue(
  session: CheckSession,
  asked: ReadonlyMap<string, AskedQuota>,
): { readonly due: readonly Due[]; readonly refusal?: Status } {
  const due: Due[] = [];
  for (const rule of session.matched) {
    for (const [index, action] of rule.quotas.entries()) {
      const found = dueOf(session, rule, action, index, asked);
      if (found === undefined) continue;
      if (!(found instanceof KraterError)) {
        due.push(found);
        continue;
      }
      failed(action.handler, found, session.context.ambient);
      rule.statistics.errors++;
      const refusal = failureStatus(rule, 'allow', found);
      if (refusal.code !== 'OK') return { due, refusal };
    }
  }
  return { due };
}

function dueOf(
  session: CheckSession,
  rule: LinkedRule,
  action: Action<Handler>,
  index: number,
  asked: ReadonlyMap<string, AskedQuota>,
): Due | KraterError | undefined {
  const { id, options, production } = session;
  const { name } = action.instance;
  const askedAs = namesOf(name, rule).find(known => asked.has(known));
  const beside = askedAs === undefined ? undefined : asked.get(askedAs);
  if (rule.imported && beside === undefined) return undefined;
  const { bag, reads } = viewOf(production, rule);
  const instance = action.instance.build(bag, reads);
  const amount = action.instance.amount === undefined ? 1 : action.instance.amount.evaluate(bag, reads);
  const what = `quota instance "${name}" of rule "${rule.id}"`;
  if (instance === undefined || amount === undefined)
    return new KraterError('INSTANCE_FIELD_UNKNOWN', `${what} has a field without a value`);
  const own = Number(amount);
  // A negative amount gives back, which no rule may do with what it read of a request.
  if (!(own >= 0)) return new KraterError('QUOTA_BAD_AMOUNT', `${what} came to the amount ${amount}`);
  const needed = Math.max(rule.imported ? 0 : own, beside?.needed ?? 0);
  return {
    rule,
    action,
    instance,
    needed,
    wanted: Math.max(needed, beside?.wanted ?? 0),
    bestEffort: beside?.bestEffort ?? false,
    dedupId: `${options.dedupId ?? id}/${rule.id}/${index}/${name}`,
    askedAs,
  };
}

/** A quota by the name it has in YAML, in lower case; imported instances are also known by their name up to the first dot. */
function namesOf(instance: string, rule: LinkedRule): readonly string[] {
  const name = instance.toLowerCase();
  return rule.imported ? [name, name.split('.')[0] as string] : [name];
}
