import type { DirectResponse, Outcome, QuotaStanding } from '@krater/mixer';
import { isUntouchable } from './field-names.ts';
import { isFieldLine } from './header-operations.ts';

/** Fields of a refusal: name, value, name, value …. */
export function decisionHeaders({ id, origin, standing, retryAfter }: Outcome): string[] {
  const named = origin === undefined ? id : `${id}; origin=${origin}`;
  const headers = ['x-krater-decision', named, ...standingHeaders(standing)];
  if (retryAfter !== undefined)
    headers.push('retry-after', String(Math.max(1, Math.ceil(retryAfter / 1000))));
  return headers;
}

/** Where the caller stands, in whole seconds (draft-ietf-httpapi-ratelimit-headers). */
export function standingHeaders(standing: QuotaStanding | undefined): string[] {
  if (standing === undefined) return [];
  const { limit, remaining, resetAfter } = standing;
  return [
    ...['ratelimit-limit', String(limit)],
    ...['ratelimit-remaining', String(Math.max(0, remaining))],
    ...['ratelimit-reset', String(Math.max(0, Math.ceil(resetAfter / 1000)))],
  ];
}

/** The fields that a direct response may set: none that frames the message, none that is no field line. */
export function directHeaders(direct: DirectResponse | undefined): string[] {
  return Object.entries(direct?.headers ?? {})
    .filter(([name, value]) => !isUntouchable(name.toLowerCase()) && isFieldLine(name, value))
    .flat();
}
