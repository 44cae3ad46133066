import type { FailureClause } from '../mixer.ts';
import type { LinkedRule, Snapshot } from './snapshot.ts';

/**
 * The rules that deny where they cannot be asked, as the conditions under which they could match: their namespace, and
 * the clause by which they are found. Each condition once.
 */
export function buildFailureTable({ rules, vocabulary }: Snapshot): readonly FailureClause[] {
  const clauses = new Map<string, FailureClause>();
  for (const rule of rules) {
    if (strictest(rule) !== 'deny') continue;
    const { namespace, isRoot, clause } = rule;
    const attribute = clause && vocabulary.declarations[clause.slot]?.name;
    const condition: FailureClause = {
      ...(!isRoot && { namespace }),
      ...(clause !== undefined && attribute !== undefined && { attribute, value: clause.value }),
    };
    clauses.set(
      JSON.stringify([condition.namespace, attribute, typeof clause?.value, String(clause?.value)]),
      condition,
    );
  }
  return [...clauses.values()];
}

/** What the failure of a rule's strictest action does before a request goes on. */
function strictest({
  onError,
  checks,
  quotas,
  requestHeaders,
  responseHeaders,
}: LinkedRule): 'allow' | 'deny' {
  const acts = checks.length + quotas.length + requestHeaders.length + responseHeaders.length > 0;
  if (!acts) return 'allow';
  return onError ?? (checks.length > 0 ? 'deny' : 'allow');
}
