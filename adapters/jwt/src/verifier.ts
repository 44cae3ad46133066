import type { CallContext, MaybePromise } from '@krater/mixer';
import { type JWTPayload, jwtVerify } from 'jose';
import type { Config } from './config.ts';
import type { KeySet } from './key-set.ts';
import type { LiveKeys } from './live-keys.ts';
import { type Identity, identityOf, type Verdict } from './verdict.ts';

/** Tokens whose verification is remembered: one request may ask twice, and clients send theirs again and again. */
const mostRemembered = 1_000;

interface Verified {
  readonly identity: Identity;
  /** Milliseconds on the clock. */
  readonly until: number;
}

/** Verifies bearer tokens by the keys of their issuer. */
export class Verifier {
  readonly #config: Config;
  readonly #keys: LiveKeys;
  #remembered = new Map<string, Verified>();
  #rememberedBy: KeySet | undefined;

  constructor(config: Config, keys: LiveKeys) {
    this.#config = config;
    this.#keys = keys;
  }

  /** What comes of a credential. Throws where there are no keys; a credential that is none or bad is an answer. */
  verify(credential: string | undefined, { now, signal }: CallContext): MaybePromise<Verdict> {
    const token = tokenOf(credential ?? '');
    if (token === undefined) return { refusal: 'no bearer token', sent: false, holds: Infinity };
    if (token.length > this.#config.maxTokenSize)
      return bad(`the token has more than ${this.#config.maxTokenSize} characters`);
    return this.#recalled(token, now) ?? this.#examine(token, now, signal);
  }

  #recalled(token: string, now: number): Verdict | undefined {
    const { keys, reusable } = this.#keys.current();
    if (keys !== this.#rememberedBy) this.#remembered.clear();
    this.#rememberedBy = keys;
    const known = this.#remembered.get(token);
    if (known === undefined || known.until <= now) return undefined;
    return { identity: known.identity, holds: Math.min(known.until - now, reusable) };
  }

  #remember(token: string, keys: KeySet, verified: Verified): void {
    if (keys !== this.#rememberedBy) return;
    if (this.#remembered.size >= mostRemembered)
      this.#remembered.delete(this.#remembered.keys().next().value as string);
    this.#remembered.set(token, verified);
  }

  async #examine(token: string, now: number, signal: AbortSignal): Promise<Verdict> {
    const { keys } = this.#keys.current();
    const verdict = await this.#tried(token, keys, now);
    if (verdict !== 'unknown key') return verdict;
    await unlessAborted(signal, this.#keys.renew());
    const { keys: renewed } = this.#keys.current();
    const again = renewed === keys ? verdict : await this.#tried(token, renewed, now);
    // By the time that it is asked for again, the key may be known.
    return again === 'unknown key' ? bad('the token is signed by an unknown key', 0) : again;
  }

  async #tried(token: string, keys: KeySet, now: number): Promise<Verdict | 'unknown key'> {
    const { issuer, audiences, algorithms, tolerance } = this.#config;
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        issuer,
        ...(audiences && { audience: audiences }),
        algorithms,
        clockTolerance: tolerance / 1000,
        currentDate: new Date(now),
        requiredClaims: ['exp'],
      });
      const raw = Buffer.from(token.split('.')[1] as string, 'base64url').toString();
      const identity = identityOf(payload, raw);
      const until = (payload.exp as number) * 1000 + tolerance;
      this.#remember(token, keys, { identity, until });
      return this.#recalled(token, now) ?? { identity, holds: 0 };
    } catch (error) {
      const { code, claim, reason, payload } = error as JoseFailure;
      if (code === 'ERR_JWKS_NO_MATCHING_KEY') return 'unknown key';
      if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
        if (claim === 'nbf' && reason === 'check_failed')
          return bad(
            'the token is not valid yet',
            Math.max(0, Number(payload?.nbf) * 1000 - tolerance - now),
          );
        return bad(`claim "${claim}" of the token is ${reason === 'missing' ? 'missing' : 'not accepted'}`);
      }
      return bad(refusals[code ?? ''] ?? 'the token is malformed');
    }
  }
}

/** What errors of jose have, by their codes. */
interface JoseFailure {
  readonly code?: string;
  readonly claim?: string;
  readonly reason?: string;
  readonly payload?: JWTPayload;
}

const refusals: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the token is signed by an algorithm that is not accepted',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the signature of the token is wrong',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'the token does not say by which of several keys it is signed',
};

function bad(refusal: string, holds = Infinity): Verdict {
  return { refusal, sent: true, holds };
}

/** The token of an authorization header (RFC 6750), or one that stands alone; undefined for other schemes and nothing. */
function tokenOf(credential: string): string | undefined {
  const text = credential.trim();
  const token = /^bearer +([^ ]+)$/i.exec(text)?.[1];
  return token ?? (text.includes('.') && !text.includes(' ') ? text : undefined);
}

/** Waits for something that goes on for others when this caller has gone. */
async function unlessAborted(signal: AbortSignal, promise: Promise<void>): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
