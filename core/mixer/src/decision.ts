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
  /** What was granted beyond the amount, to the client that asked for it ahead of use. */
  readonly lease?: Lease;
}

/** An amount that its holder may use by itself, without asking again. */
export interface Lease {
  readonly amount: number;
  /** Milliseconds from the moment it was asked for; what is left then is lost. */
  readonly duration: number;
}

/** How often a handler had changed its mind when it was asked: a cached decision holds only while it has not done so again. */
export interface HandlerEpoch {
  readonly handler: string;
  readonly epoch: number;
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
  /** The handler's epoch when it was asked. */
  readonly epoch: number;
}

export interface GrantedQuota {
  readonly granted: number;
  readonly status: Status;
  readonly standing?: QuotaStanding;
}

/** What a proxy is told of a decision, and does. */
export interface Outcome {
  /** `node.sequence`, of whoever answered: a Mixer, or a client from its cache. */
  readonly id: string;
  /** Of an answer from a cache: the decision it was first given in. */
  readonly origin?: string;
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
}

/** The outcome of one Check, with its reasons. */
export interface Decision extends Outcome {
  /** Content hash of the configuration that decided. */
  readonly snapshot: string;
  /** When it was made: wall-clock milliseconds. */
  readonly at: number;
  /** The request; sensitive attributes are masked wherever it is shown. */
  readonly bag: Bag;
  readonly answers: readonly Answer[];
  /** Of every handler that was asked, as it was before it was asked. */
  readonly epochs: readonly HandlerEpoch[];
  /** What the decision depended on; computed when asked for. */
  references(): readonly Reference[];
  /** For people and logs: with its references, and with everything masked that is declared sensitive. */
  toJSON(): object;
}
