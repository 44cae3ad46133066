import type { webcrypto } from 'node:crypto';
import { z } from '@krater/mixer';
import { createLocalJWKSet, importJWK, type JWK, type JWTVerifyGetKey } from 'jose';
import { failure } from './source.ts';

/** More keys than anybody rotates: a set beyond is refused as a whole. */
const mostKeys = 100;
const leastRsaBits = 2048;

/** Public keys that verify signatures. */
export interface KeySet {
  /** The same text for the same keys. */
  readonly identity: string;
  readonly size: number;
  /** Keys of the set that are left out, and why. */
  readonly skipped: readonly string[];
  readonly find: JWTVerifyGetKey;
}

const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** The usable keys of a JSON Web Key Set (RFC 7517): what is unknown, weak or not public is left out. */
export async function parseKeySet(text: string): Promise<KeySet> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failure('JWT_BAD_KEYS', 'the key set is no JSON', cause);
  }
  const parsed = jwks.safeParse(value);
  if (!parsed.success) throw failure('JWT_BAD_KEYS', 'this is no key set: it has no list of keys');
  const { length } = parsed.data.keys;
  if (length > mostKeys)
    throw failure('JWT_TOO_LARGE', `the key set has ${length} keys, allowed are ${mostKeys}`);
  const usable: JWK[] = [];
  const skipped: string[] = [];
  for (const [index, key] of (parsed.data.keys as JWK[]).entries()) {
    const problem = await keyProblem(key);
    if (problem === undefined) usable.push(key);
    else skipped.push(`keys[${index}] ${problem}`);
  }
  if (usable.length === 0) {
    const why = skipped[0] === undefined ? 'it is empty' : skipped[0];
    throw failure('JWT_BAD_KEYS', `the key set has no key that signatures can be verified with: ${why}`);
  }
  const find = createLocalJWKSet({ keys: usable });
  return { identity: JSON.stringify(usable), size: usable.length, skipped, find };
}

async function keyProblem(key: JWK): Promise<string | undefined> {
  if (!['RSA', 'EC', 'OKP'].includes(key.kty as string)) return 'is of no kind that has a public key';
  if (key.use !== undefined && key.use !== 'sig') return 'is not for signatures';
  if (key.d !== undefined) return 'is a private key, which everybody can read';
  try {
    const imported = (await importJWK(key, key.alg ?? algorithmOf(key))) as webcrypto.CryptoKey;
    const { modulusLength = leastRsaBits } = imported.algorithm as webcrypto.RsaHashedKeyAlgorithm;
    return modulusLength < leastRsaBits ? `has ${modulusLength} bits, fewer than ${leastRsaBits}` : undefined;
  } catch {
    return 'cannot be read';
  }
}

/** To import a key that does not say for which algorithm it is; a token may use it with others of its kind. */
function algorithmOf({ kty, crv }: JWK): string {
  if (kty === 'RSA') return 'RS256';
  if (kty === 'OKP') return 'EdDSA';
  return { 'P-384': 'ES384', 'P-521': 'ES512' }[crv as string] ?? 'ES256';
}
