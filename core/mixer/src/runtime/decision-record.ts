import type { Answer, Charge, Decision, GrantedQuota } from '../decision.ts';
import type { Reference } from '../expression/reads.ts';
import type { DirectResponse, QuotaStanding, Validity } from '../result.ts';
import type { Status } from '../status.ts';
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

/** Writes a decision down; what it depended on is worked out only when somebody asks. */
export function buildDecision(
  session: CheckSession,
  answers: readonly Answer[],
  verdict: Partial<Verdict> & { readonly status: Status; readonly validity: Validity },
): Decision {
  const { directResponse, standing, retryAfter } = verdict;
  const references = recordReferences(session);
  return {
    id: session.id,
    snapshot: session.snapshot.hash,
    at: session.began,
    status: verdict.status,
    validity: verdict.validity,
    requestHeaders: verdict.requestHeaders ?? [],
    responseHeaders: verdict.responseHeaders ?? [],
    charges: verdict.charges ?? [],
    quotas: verdict.quotas ?? {},
    answers: verdict.quotaAnswers === undefined ? answers : [...answers, ...verdict.quotaAnswers],
    bag: session.request,
    ...(directResponse && { directResponse }),
    ...(standing && { standing }),
    ...(retryAfter !== undefined && { retryAfter }),
    references,
  };
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
