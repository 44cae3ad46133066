import { grant, type QuotaResult, type QuotaStanding } from '../result.ts';
import type { Limit, Rule } from './rule.ts';

/** What a decision came to, in numbers. */
export interface Outcome {
  readonly granted: number;
  /** NaN where there is no standing to tell. */
  readonly remaining: number;
  /** Milliseconds. */
  readonly resetAfter: number;
  /** Milliseconds; NaN where the amount will never be granted. */
  readonly retryAfter: number;
}

/**
 * The answer to a request for more than nothing: a grant, or the rule's refusal where nothing was granted.
 *
 * @example answerOf({ granted: 0, remaining: 0, resetAfter: 900, retryAfter: 40 }, rule, rule.limitFor(dimensions))
 */
export function answerOf(outcome: Outcome, rule: Rule, { limit, leasable }: Limit): QuotaResult {
  const { granted, remaining, resetAfter, retryAfter } = outcome;
  const standing = Number.isNaN(remaining) ? undefined : { limit, remaining, resetAfter };
  return granted > 0 ? grant(granted, standing, leasable) : refusing(rule, standing, retryAfter);
}

export function refusing(
  { refusal: status }: Rule,
  standing: QuotaStanding | undefined,
  retryAfter: number,
): QuotaResult {
  if (standing === undefined) return { status, granted: 0 };
  return Number.isNaN(retryAfter)
    ? { status, granted: 0, standing }
    : { status, granted: 0, standing, retryAfter };
}
