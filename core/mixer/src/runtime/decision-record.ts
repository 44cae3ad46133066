import type { Answer, Charge, Decision, GrantedQuota, HandlerEpoch, HeaderOperation } from '../decision.ts';
import type { Reference } from '../expression/reads.ts';
import type { DirectResponse, QuotaStanding, Validity } from '../result.ts';
import type { Status } from '../status.ts';
import type { Bag } from '../vocabulary/bag.ts';
import { maskSensitive, showBag } from '../vocabulary/show-bag.ts';
import type { CheckSession } from './check.ts';
import type { HeaderOperations } from './header-operations.ts';

/** What a check came to, before it is written down. */
export interface Verdict extends HeaderOperations {
  readonly status: Status;
  readonly validity: Validity;
  readonly directResponse: DirectResponse | undefined;
  readonly charges: readonly Charge[];
  readonly quotas: { readonly [name: string]: GrantedQuota };
  readonly quotaAnswers: readonly Answer[];
  readonly standing: QuotaStanding | undefined;
  readonly retryAfter: number | undefined;
}

/** A decision, written down; what it depended on is worked out only when somebody asks. */
class DecisionRecord implements Decision {
  readonly id: string;
  readonly snapshot: string;
  readonly at: number;
  readonly status: Status;
  readonly validity: Validity;
  readonly requestHeaders: readonly HeaderOperation[];
  readonly responseHeaders: readonly HeaderOperation[];
  readonly charges: readonly Charge[];
  readonly quotas: { readonly [name: string]: GrantedQuota };
  readonly answers: readonly Answer[];
  readonly bag: Bag;
  declare readonly directResponse?: DirectResponse;
  declare readonly standing?: QuotaStanding;
  declare readonly retryAfter?: number;
  readonly #references: () => readonly Reference[];
  readonly #producers: readonly HandlerEpoch[];

  constructor(session: CheckSession, answers: readonly Answer[], verdict: OpenVerdict) {
    const { directResponse, standing, retryAfter, quotaAnswers } = verdict;
    this.id = session.id;
    this.snapshot = session.snapshot.hash;
    this.at = session.began;
    this.status = verdict.status;
    this.validity = verdict.validity;
    this.requestHeaders = verdict.requestHeaders ?? none;
    this.responseHeaders = verdict.responseHeaders ?? none;
    this.charges = verdict.charges ?? none;
    this.quotas = verdict.quotas ?? {};
    this.answers = quotaAnswers === undefined ? answers : [...answers, ...quotaAnswers];
    this.bag = session.request;
    if (directResponse !== undefined) this.directResponse = directResponse;
    if (standing !== undefined) this.standing = standing;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    this.#references = recordReferences(session);
    this.#producers = session.production.epochs;
  }

  references(): readonly Reference[] {
    return this.#references();
  }

  /** The lowest epoch of each handler: one that changed its mind between two answers has one that no longer holds. */
  get epochs(): readonly HandlerEpoch[] {
    const lowest = new Map<string, number>();
    for (const { handler, epoch } of [...this.#producers, ...this.answers])
      lowest.set(handler, Math.min(epoch, lowest.get(handler) ?? epoch));
    return [...lowest].map(([handler, epoch]) => ({ handler, epoch }));
  }

  toJSON(): object {
    const { bag, ...rest } = this;
    return { ...maskSensitive(rest, bag), references: this.references(), bag: showBag(bag) };
  }
}

const none: readonly never[] = [];

type OpenVerdict = Partial<Verdict> & { readonly status: Status; readonly validity: Validity };

/** Writes a decision down. */
export function buildDecision(
  session: CheckSession,
  answers: readonly Answer[],
  verdict: OpenVerdict,
): Decision {
  return new DecisionRecord(session, answers, verdict);
}

/**
 * Everything read of the request, but not what producers output: that depends on their inputs, which are among it.
 * The recorders go back to the pool now; names and presence are worked out when somebody asks.
 */
function recordReferences({
  context,
  request,
  requestReads,
  production,
}: CheckSession): () => readonly Reference[] {
  const ofRequest = requestReads.detach();
  if (production.own.reads === requestReads) {
    context.recorders.give(requestReads);
    return () => ofRequest.references(request);
  }
  const views = [...new Set([production.root, production.own])].filter(({ reads }) => reads !== requestReads);
  const ofViews = views.map(({ reads, produced }) => ({ recorded: reads.detach(), produced }));
  for (const recorder of [requestReads, ...views.map(({ reads }) => reads)]) context.recorders.give(recorder);
  const { declarations } = request.vocabulary;
  return () => {
    const merged = new Map<string, Reference>();
    const own = ofViews.flatMap(({ recorded, produced }) => {
      const names = new Set([...produced].map(slot => declarations[slot]?.name));
      return recorded.references(request).filter(({ name }) => !names.has(name));
    });
    for (const reference of [...ofRequest.references(request), ...own]) {
      const key = JSON.stringify([reference.name, reference.key ?? null]);
      if (merged.get(key)?.whole !== true) merged.set(key, reference);
    }
    return [...merged.values()];
  };
}
