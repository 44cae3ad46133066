import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, KraterError } from '@krater/mixer';
import type { codes } from '../codes.ts';

/** How long a token is good for, in milliseconds. */
const lifetime = 60_000;
const cacheLimit = 4096;
const version = 'v1';

/** Attaches and verifies who is calling, between sidecars that share a key. */
export interface PeerTokens {
  /** The value of `x-krater-peer` for requests of a workload to an authority. */
  sign(workload: string, authority: string): string;
  /** The workload that calls, or undefined: a bad signature, another authority, expired, or no token at all. */
  verify(token: string, authority: string): string | undefined;
}

/**
 * Tokens are `v1.WORKLOAD.EXPIRY.MAC`: the expiry in milliseconds since 1970 in base 36, the MAC an HMAC-SHA256 over
 * version, workload, expiry and the request's authority. Binding the authority keeps a service that received a token
 * from using it towards another one. Names of workloads are DNS labels, so a dot cannot be part of them.
 *
 * Hot path: a token is made once per authority and half lifetime, and a verified one is remembered until it expires. The
 * memory is looked up by hash, so its timing tells nothing about how much of a guess was right.
 *
 * @example createPeerTokens(randomBytes(32), clock).sign('reviews-v3', 'ratings:9080')
 */
export function createPeerTokens(key: Uint8Array | string, clock: Clock): PeerTokens {
  const secret = typeof key === 'string' ? Buffer.from(key) : Buffer.from(key);
  if (secret.length < 16) {
    throw new KraterError(
      'PROXY_WEAK_PEER_KEY' satisfies keyof typeof codes,
      `the peer key has ${secret.length} bytes, at least 16 are needed`,
      { hint: 'make one with: openssl rand -hex 32' },
    );
  }
  const mac = (workload: string, expiry: string, authority: string) =>
    createHmac('sha256', secret)
      .update(`${version}\n${workload}\n${expiry}\n${authority.toLowerCase()}`)
      .digest();

  const signed = new Map<string, { readonly token: string; readonly until: number }>();
  const verified = new Map<string, { readonly workload: string; readonly until: number }>();

  return {
    sign(workload, authority) {
      const now = clock.now();
      const cacheKey = `${workload}\n${authority}`;
      const known = signed.get(cacheKey);
      if (known !== undefined && known.until - now > lifetime / 2) return known.token;
      const until = Math.floor(now) + lifetime;
      const expiry = until.toString(36);
      const token = `${version}.${workload}.${expiry}.${mac(workload, expiry, authority).toString('base64url')}`;
      remember(signed, cacheKey, { token, until });
      return token;
    },

    verify(token, authority) {
      const now = clock.now();
      const cacheKey = `${token}\n${authority}`;
      const known = verified.get(cacheKey);
      if (known !== undefined) return known.until > now ? known.workload : undefined;
      const [stated, workload, expiry, signature, ...rest] = token.split('.');
      if (stated !== version || !workload || !expiry || !signature || rest.length > 0) return undefined;
      const given = Buffer.from(signature, 'base64url');
      const right = mac(workload, expiry, authority);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      if (given.toString('base64url') !== signature) return undefined;
      const until = Number.parseInt(expiry, 36);
      if (!(until > now)) return undefined;
      remember(verified, cacheKey, { workload, until });
      return workload;
    },
  };
}

/** The oldest entry makes room. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= cacheLimit) for (const oldest of map.keys()) if (map.delete(oldest)) break;
  map.delete(key);
  map.set(key, value);
}
