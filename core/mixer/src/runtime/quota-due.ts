import { KraterError } from '@krater/documents';
import type { Status } from '../status.ts';
import { failed } from './call.ts';
import type { CheckSession } from './check.ts';
import { failureStatus } from './failure-policy.ts';
import type { Handler } from './handler.ts';
import { dimensionsKey, LeaseBook } from './lease-book.ts';
import { viewOf } from './production.ts';
import type { AskedQuota } from './quota-spec.ts';
import type { Action } from './rule.ts';
import type { LinkedRule } from './snapshot.ts';

/** One quota to charge: what the rule takes, and what the caller wants beyond. */
export interface Due {
  readonly rule: LinkedRule;
  readonly action: Action<Handler>;
  readonly instance: { readonly dimensions?: { readonly [name: string]: unknown } };
  /** What the request costs. */
  readonly price: number;
  /** What must be granted for the request to go on: its price, or nothing where only leases are wanted. */
  readonly needed: number;
  /** Needed, or more because the caller asked for it by name. */
  readonly wanted: number;
  /** Asked for beyond that, ahead of use. */
  readonly ahead: number;
  /** Where leases of these dimensions are accounted; undefined for callers who take none. */
  readonly leaseKey: string | undefined;
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
  const leased = new Set<string>();
  for (const rule of session.matched) {
    for (const [index, action] of rule.quotas.entries()) {
      const found = dueOf(session, rule, action, { index, asked, leased });
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
  around: {
    readonly index: number;
    readonly asked: ReadonlyMap<string, AskedQuota>;
    /** Keys that leases were granted for: where two rules charge the same, one brings them. */
    readonly leased: Set<string>;
  },
): Due | KraterError | undefined {
  const { id, options, production } = session;
  const { index, asked, leased } = around;
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
  const price = Math.max(rule.imported ? 0 : own, beside?.needed ?? 0);
  const isRefill = options.leases?.refill === true;
  const needed = isRefill ? 0 : price;
  const dedupId = `${options.dedupId || id}/${rule.id}/${index}/${name}`;
  const { leaseKey, ahead } = leaseOf(session, action, instance, dedupId, leased);
  return {
    rule,
    action,
    instance,
    price,
    needed,
    wanted: isRefill ? 0 : Math.max(needed, beside?.wanted ?? 0),
    ahead,
    leaseKey,
    bestEffort: beside?.bestEffort ?? false,
    dedupId,
    askedAs,
  };
}

const unleased = { leaseKey: undefined, ahead: 0 };

/** What the caller asks for ahead of use, as far as the book of leases lets it. */
function leaseOf(
  { options: { leases }, context, began }: CheckSession,
  { handler, instance: { name } }: Action<Handler>,
  { dimensions = {} }: Due['instance'],
  dedupId: string,
  leased: Set<string>,
): Pick<Due, 'leaseKey' | 'ahead'> {
  if (leases === undefined) return unleased;
  const lease = { handler: handler.plan.id, quota: name, dimensions: dimensionsKey(dimensions) };
  const leaseKey = LeaseBook.key(lease);
  const ask = leases.asks.find(asked => LeaseBook.key(asked) === leaseKey);
  if (ask === undefined || leased.has(leaseKey)) return { leaseKey, ahead: 0 };
  leased.add(leaseKey);
  return { leaseKey, ahead: context.leases.allow(leaseKey, leases.holder, ask, dedupId, began) };
}

/** A quota by the name it has in YAML, in lower case; imported instances are also known by their name up to the first dot. */
function namesOf(instance: string, rule: LinkedRule): readonly string[] {
  const name = instance.toLowerCase();
  return rule.imported ? [name, name.split('.')[0] as string] : [name];
}
