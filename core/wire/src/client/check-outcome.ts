import {
  type CheckOptions,
  doNotCache,
  type Outcome,
  PlainMap,
  type QuotaStanding,
  type Status,
} from '@krater/mixer';
import type { CheckReply } from '../messages.ts';
import type { CachedCheck } from './cached-check.ts';
import { statusWithout } from './unreachable.ts';

const noOperations: readonly never[] = [];
const noQuotas: Outcome['quotas'] = {};

/** What the Mixer answered. `id` is for one that names no decision. */
export function answeredOutcome(reply: CheckReply, id: string, standing: QuotaStanding | undefined): Outcome {
  const { status, validity, requestHeaders, responseHeaders, directResponse, quotas, krater } = reply;
  return {
    id: krater?.decision ?? id,
    status,
    validity,
    requestHeaders,
    responseHeaders,
    charges: krater?.charges ?? noOperations,
    quotas,
    ...(directResponse && { directResponse }),
    ...(standing && { standing }),
    ...(krater?.retryAfter !== undefined && { retryAfter: krater.retryAfter }),
  };
}

/** Hot path: a hit is held to 1 µs, this included. */
export class CachedOutcome implements Outcome {
  readonly id: string;
  readonly origin: string;
  readonly status: Status;
  readonly validity: Outcome['validity'];
  readonly requestHeaders: Outcome['requestHeaders'];
  readonly responseHeaders: Outcome['responseHeaders'];
  readonly charges: Outcome['charges'];
  readonly quotas: Outcome['quotas'];
  declare readonly directResponse?: Exclude<Outcome['directResponse'], undefined>;
  declare readonly standing?: QuotaStanding;

  constructor(
    id: string,
    { answer, origin }: CachedCheck,
    standing: QuotaStanding | undefined,
    quotas: Outcome['quotas'] = noQuotas,
  ) {
    this.id = id;
    this.origin = origin;
    this.status = answer.status;
    this.validity = answer.validity;
    this.requestHeaders = answer.requestHeaders;
    this.responseHeaders = answer.responseHeaders;
    this.charges = answer.charges;
    this.quotas = quotas;
    if (answer.directResponse !== undefined) this.directResponse = answer.directResponse;
    if (standing !== undefined) this.standing = standing;
  }
}

/** What the client says by itself, where nobody else can. */
export function ownOutcome(id: string, status: Status, quotas: Outcome['quotas'] = noQuotas): Outcome {
  return {
    id,
    status,
    validity: doNotCache,
    requestHeaders: noOperations,
    responseHeaders: noOperations,
    charges: noOperations,
    quotas,
  };
}

/** Quotas that the caller asked for by name and nobody could be asked about: all of what was asked, or nothing. */
export function grantedUnasked({ quotas }: CheckOptions, policy: 'allow' | 'deny'): Outcome['quotas'] {
  if (quotas === undefined) return noQuotas;
  const granted: Record<string, Outcome['quotas'][string]> = new PlainMap();
  for (const [name, { amount }] of Object.entries(quotas))
    granted[name] = { granted: policy === 'allow' ? amount : 0, status: statusWithout[policy] };
  return granted;
}
