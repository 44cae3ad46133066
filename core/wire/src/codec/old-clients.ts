import type { Reference, Vocabulary } from '@krater/mixer';
import type { CheckReply } from '../messages.ts';
import { isOfMap } from './reference-codec.ts';

/** Milliseconds: nobody tells an old client that something has changed. */
const longestValidity = 1_000;

/**
 * An answer as clients get it that are not ours. They learn of changes only when an answer expires, so none lasts longer
 * than a second. They charge no quota for a cached answer, and of maps they compare single keys only, so an answer that
 * charges, or that depended on a whole map or on whether a map is there, may not be used again at all.
 */
export function forOldClients(reply: CheckReply, vocabulary: Vocabulary): CheckReply {
  const { validity, references, krater } = reply;
  const duration = Math.min(validity.duration, longestValidity);
  const repeatable = (krater?.charges.length ?? 0) === 0 && isExpressible(references, vocabulary);
  return {
    ...reply,
    validity: { duration, uses: repeatable ? validity.uses : 0 },
    krater: undefined,
  };
}

/** That a map is there goes without saying where one of its keys is. */
function isExpressible(references: readonly Reference[], vocabulary: Vocabulary): boolean {
  const known = new Set(
    references.flatMap(({ name, key, present }) => (key !== undefined && present ? [name] : [])),
  );
  return references.every(
    reference => !isOfMap(reference, vocabulary) || (reference.whole !== true && known.has(reference.name)),
  );
}
