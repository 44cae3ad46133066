import { ok, type RefusalCode, type Status } from './status.ts';

/**
 * How long an answer may be reused: milliseconds, and how often. Leaving validity out means "no opinion"; to forbid
 * reuse say {@link doNotCache}. There is no value that silently means the one or the other.
 */
export interface Validity {
  /** Milliseconds; `Infinity` for "as long as nothing it depended on changes". */
  readonly duration: number;
  /** Number of uses; `Infinity` for no bound. */
  readonly uses: number;
}

export const doNotCache: Validity = { duration: 0, uses: 0 };

/** What the caller gets instead of the upstream's response. */
export interface DirectResponse {
  readonly code: number;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** The answer of a check handler. Make one with {@link allow} or {@link deny}. */
export interface CheckResult {
  readonly status: Status;
  readonly validity?: Validity;
  /** Values of the template's `output` fields; header operations of the rule can read them. */
  readonly output?: { readonly [field: string]: unknown };
  readonly directResponse?: DirectResponse;
}

export interface CheckDetails {
  readonly validity?: Partial<Validity>;
  readonly output?: { readonly [field: string]: unknown };
  readonly directResponse?: DirectResponse;
}

const allowed: CheckResult = { status: ok };

/** "Nothing against it." */
export function allow(details?: CheckDetails): CheckResult {
  return details === undefined ? allowed : { status: ok, ...complete(details) };
}

/** A refusal: an answer, not an exception. The message is shown to the caller. */
export function deny(
  message: string,
  code: RefusalCode = 'PERMISSION_DENIED',
  details?: CheckDetails,
): CheckResult {
  return { status: { code, message }, ...(details && complete(details)) };
}

function complete({ validity, ...rest }: CheckDetails): Omit<CheckResult, 'status'> {
  return validity === undefined
    ? rest
    : { ...rest, validity: { duration: Infinity, uses: Infinity, ...validity } };
}

/** What a quota handler is asked, beside the instance. */
export interface QuotaRequest {
  /** How much to take; 0 asks without taking; negative gives back what `dedupId` was granted. */
  readonly amount: number;
  /** Grant as much as there is instead of all or nothing. */
  readonly bestEffort: boolean;
  /** The same id within the deduplication time gets the same answer and is charged once. */
  readonly dedupId: string;
}

/** The answer of a quota handler. Make one with {@link grant} or {@link refuse}. */
export interface QuotaResult {
  readonly status: Status;
  /** How much was granted: the whole amount, or less with `bestEffort`, or 0. */
  readonly granted: number;
  /** Where the caller stands, for the `ratelimit-*` headers. */
  readonly standing?: QuotaStanding;
  /** Milliseconds until a retry makes sense. */
  readonly retryAfter?: number;
  /** How far ahead of use these dimensions may be granted; not at all if left out. */
  readonly leasable?: Leasable;
}

/**
 * How much may be granted ahead of use for one combination of dimensions: all clients together may hold no more than
 * `amount` that they have not used, which is also the most by which a window can be exceeded.
 */
export interface Leasable {
  readonly amount: number;
  /** Milliseconds that one client may hold it; as long as the window, so that what is lost is lost once a window. */
  readonly duration: number;
}

export interface QuotaStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the quota is whole again. */
  readonly resetAfter: number;
}

/** Granted, and where the caller stands; `leasable` where some may be granted ahead of use too. */
export function grant(granted: number, standing?: QuotaStanding, leasable?: Leasable): QuotaResult {
  if (standing === undefined) return { status: ok, granted };
  return leasable === undefined
    ? { status: ok, granted, standing }
    : { status: ok, granted, standing, leasable };
}

/** Nothing granted. `retryAfter` in milliseconds becomes the `retry-after` header. */
export function refuse(
  message: string,
  details: { readonly retryAfter?: number; readonly standing?: QuotaStanding } = {},
): QuotaResult {
  return { status: { code: 'RESOURCE_EXHAUSTED', message }, granted: 0, ...details };
}
