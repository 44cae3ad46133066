import type { Reference } from './expression/reads.ts';
import type { DirectResponse, QuotaStanding, Validity } from './result.ts';
import type { Status } from './status.ts';
import type { Bag } from './vocabulary/bag.ts';

/** A change to a request's or response's headers that an allow carries. */
export interface HeaderOperation {
  readonly operation: 'replace' | 'append' | 'remove';
  /** Lower case. */
  readonly name: string;
  /** Empty for `remove`. */
  readonly value: string;
}

/** What a quota was, or would be, charged by a decision. */
export interface Charge {
  /** The quota instance's name. */
  readonly quota: string;
  readonly handler: string;
  readonly amount: number;
  readonly dimensions: { readonly [name: string]: unknown };
  readonly onError: 'allow' | 'deny';
}

/** One handler's answer within a decision. */
export interface Answer {
  readonly rule: string;
  readonly handler: string;
  readonly instance: string;
  readonly status: Status;
  /** Milliseconds. */
  readonly took: number;
  /** A failure of the handler (a throw, a deadline, nonsense), as opposed to a refusal. */
  readonly failed: boolean;
}

export interface GrantedQuota {
  readonly granted: number;
  readonly status: Status;
  readonly standing?: QuotaStanding;
}

/** The outcome of one Check, with its reasons. */
export interface Decision {
  /** `node.sequence`. */
  readonly id: string;
  /** Content hash of the configuration that decided. */
  readonly snapshot: string;
  /** When it was made: wall-clock milliseconds. */
  readonly at: number;
  /** The request; sensitive attributes are masked wherever it is shown. */
  readonly bag: Bag;
  /** OK, or the winning refusal: the first in rule order. */
  readonly status: Status;
  readonly validity: Validity;
  readonly requestHeaders: readonly HeaderOperation[];
  readonly responseHeaders: readonly HeaderOperation[];
  readonly directResponse?: DirectResponse;
  readonly charges: readonly Charge[];
  /** Answers to the quotas that the caller asked for, by name. */
  readonly quotas: { readonly [name: string]: GrantedQuota };
  /** The tightest quota that was charged, for `ratelimit-*` headers. */
  readonly standing?: QuotaStanding;
  /** Milliseconds, with RESOURCE_EXHAUSTED. */
  readonly retryAfter?: number;
  readonly answers: readonly Answer[];
  /** What the decision depended on; computed when asked for. */
  references(): readonly Reference[];
  /** For people and logs: with its references, and with everything masked that is declared sensitive. */
  toJSON(): object;
}
