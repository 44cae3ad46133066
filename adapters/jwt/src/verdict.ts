import { type StringMap, stringMap } from '@krater/mixer';
import type { JWTPayload } from 'jose';

/** Whom a token speaks for: the output of both templates. */
export type Identity = {
  readonly principal: string | undefined;
  readonly audiences: string | undefined;
  readonly presenter: string | undefined;
  readonly claims: StringMap | undefined;
  readonly raw_claims: string | undefined;
};

export const nobody: Identity = {
  principal: undefined,
  audiences: undefined,
  presenter: undefined,
  claims: undefined,
  raw_claims: undefined,
};

/** What came of a credential, and for how many milliseconds that holds, whatever the keys do. */
export type Verdict =
  | { readonly identity: Identity; readonly holds: number }
  | { readonly refusal: string; readonly sent: boolean; readonly holds: number };

/** Claims as texts: those that are none are written as JSON, so that a list can be read back without doubt. */
export function identityOf(payload: JWTPayload, raw: string): Identity {
  const texts = Object.entries(payload).flatMap(([claim, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    return [[claim, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
  const claims = stringMap(texts);
  const { iss, sub, azp } = payload;
  return {
    principal: typeof sub === 'string' ? `${iss}/${sub}` : undefined,
    audiences: claims['aud'],
    presenter: typeof azp === 'string' ? azp : undefined,
    claims,
    raw_claims: raw,
  };
}
