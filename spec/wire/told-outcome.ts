import type { HeaderOperation, Outcome } from '@krater/mixer';
import type { PlacementCall } from './placement-cases.ts';

/** An outcome in the words of a case. */
export function toldOutcome(outcome: Outcome): Omit<PlacementCall, 'attributes' | 'namespace' | 'quotas'> {
  const { status, directResponse, standing, quotas, charges } = outcome;
  const granted = Object.entries(quotas).map(([name, quota]) => [name, quota.granted]);
  return {
    says: status.message === '' ? status.code : `${status.code}: ${status.message}`,
    ...list('request', outcome.requestHeaders.map(operation)),
    ...list('response', outcome.responseHeaders.map(operation)),
    ...(directResponse && {
      direct: {
        code: directResponse.code,
        ...(directResponse.body !== undefined && { body: directResponse.body }),
      },
    }),
    ...(granted.length > 0 && { granted: Object.fromEntries(granted) }),
    ...list(
      'charges',
      charges.map(
        ({ amount, quota, dimensions, onError }) =>
          `${amount} of ${quota} ${JSON.stringify(dimensions)} ${onError}`,
      ),
    ),
    ...(standing && { standing: [standing.limit, standing.remaining] as const }),
  };
}

function operation({ operation, name, value }: HeaderOperation): string {
  return `${operation} ${name} ${value}`.trimEnd();
}

function list<K extends string>(key: K, texts: readonly string[]): { readonly [k in K]?: readonly string[] } {
  return texts.length === 0 ? {} : ({ [key]: texts } as { readonly [k in K]: readonly string[] });
}
