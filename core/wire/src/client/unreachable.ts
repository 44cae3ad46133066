import type { Charge, FailureClause, Status, Unreachable, Value, Vocabulary } from '@krater/mixer';
import { namespaceAttribute } from './addressed.ts';

/**
 * What a request is answered that may not pass while no Mixer can be asked.
 *
 * @example if (outcome.status.message === unreachableStatus.message) retryElsewhere();
 */
export const unreachableStatus: Status = { code: 'UNAVAILABLE', message: 'no Mixer can be reached' };

/** By what is decided without a Mixer, or by who has not waited for one. */
export const statusWithout: Readonly<Record<'allow' | 'deny' | 'caller', Status>> = {
  allow: { code: 'OK', message: '' },
  deny: unreachableStatus,
  caller: { code: 'CANCELLED', message: 'the caller has gone' },
};

/** What the operator wants of requests that no Mixer can be asked about. */
export interface UnreachableSettings {
  /** As the failure table says, if left out. */
  readonly unreachable: Unreachable | undefined;
  readonly beforeFirstMixer: 'allow' | 'deny';
}

/**
 * What the absence of every Mixer means for a request that no cached answer is valid for. Between allow and deny, deny
 * wins: one of the failure table, by which rules say what their absence means, or one of the operator.
 */
export function withoutMixer(
  { unreachable, beforeFirstMixer }: UnreachableSettings,
  table: readonly FailureClause[] | undefined,
  request: {
    readonly values: readonly (Value | undefined)[];
    readonly namespace: string | undefined;
    readonly vocabulary: Vocabulary;
  },
): 'allow' | 'deny' {
  if (unreachable === 'deny') return 'deny';
  if (table === undefined) return beforeFirstMixer;
  if (typeof unreachable === 'object') return 'deny';
  return table.some(clause => couldHold(clause, request)) ? 'deny' : 'allow';
}

/** Whether a rule that denies could match. Where nobody knows a request's namespace, it may be the rule's. */
function couldHold(
  { namespace, attribute, value }: FailureClause,
  request: Parameters<typeof withoutMixer>[2],
): boolean {
  const bound = attributeOf(request, namespaceAttribute) ?? request.namespace;
  if (namespace !== undefined && bound !== undefined && namespace !== bound) return false;
  if (attribute === undefined) return true;
  const held = attributeOf(request, attribute);
  return held !== undefined && String(held) === String(value);
}

function attributeOf({ values, vocabulary }: Parameters<typeof withoutMixer>[2], attribute: string) {
  const slot = vocabulary.slotOf(attribute);
  return slot === undefined ? undefined : values[slot];
}

/** What becomes of a cached allow whose quotas cannot be charged: its checks stand, and each charge says for itself. */
export function uncharged(charges: readonly Charge[]): 'allow' | 'deny' {
  return charges.some(({ amount, onError }) => amount > 0 && onError === 'deny') ? 'deny' : 'allow';
}
