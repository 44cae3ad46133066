import type { Bag, Vocabulary } from '@krater/mixer';

/** The attribute that selects a request's rules. */
export const namespaceAttribute = 'destination.namespace';

/** The bag as it travels: a request that does not say where it is bound is bound for its listener's namespace. */
export function addressed(bag: Bag, namespace: string | undefined, vocabulary: Vocabulary): Bag {
  const slot = vocabulary.slotOf(namespaceAttribute);
  if (namespace === undefined || slot === undefined) return bag;
  if (bag.vocabulary === vocabulary && bag.values[slot] !== undefined) return bag;
  const copy = bag.over(vocabulary);
  copy.values[slot] ??= namespace;
  return copy;
}
