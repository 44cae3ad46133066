import { isIP } from 'node:net';
import { type ConfigProblem, duration, secret, z } from '@krater/mixer';

/** Algorithms with a public key. With the others who can verify can also sign, and `none` is no signature. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

export const config = z.strictObject({
  issuer: z.string().min(1).describe('what the claim "iss" has to be'),
  audiences: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('one of them has to be in the claim "aud"; any if left out'),
  algorithms: z
    .array(z.enum(algorithms))
    .min(1)
    .default([...algorithms])
    .describe('signatures that are accepted'),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe('address of a JSON Web Key Set'),
  file: z.string().min(1).optional().describe('path of one'),
  ca: secret()
    .optional()
    .describe('PEM certificates to trust instead of the usual ones: { file: PATH } or { env: NAME }'),
  refresh: duration('5m').describe('how often the keys are read again'),
  cooldown: duration('30s').describe(
    'the least time between two readings because of a token with an unknown key, or of a failure',
  ),
  timeout: duration('5s').describe('how long reading may take'),
  expiry: duration('24h').describe('how long keys serve that could not be read again'),
  maxSize: z
    .int()
    .min(1)
    .default(256 * 1024)
    .describe('how many bytes the key set may have'),
  maxTokenSize: z
    .int()
    .min(1)
    .default(16 * 1024)
    .describe('how many characters a token may have'),
  tolerance: duration('5s').describe('how far the clocks of issuer and verifier may be apart'),
  validity: z
    .strictObject({ duration: duration('5m'), uses: z.int().min(0).default(10_000) })
    .prefault({})
    .describe('how long and how often an answer may be reused; never beyond the expiry of the token'),
});

export type Config = z.output<typeof config>;

/** What the shape alone cannot say. */
export function checkConfig(
  { url, file, ca, refresh, cooldown, timeout, expiry }: Config,
  problem: ConfigProblem,
): void {
  if ((url === undefined) === (file === undefined))
    problem(
      url === undefined ? [] : ['url'],
      'keys come from a url or from a file',
      'write url: or file:, one of them',
    );
  if (url !== undefined && isForgeable(url))
    problem(['url'], 'whoever is on the way can replace keys that are read over plain http', 'write https');
  if (ca !== undefined && !(url && new URL(url).protocol === 'https:'))
    problem(['ca'], 'certificates are asked for by an https url only');
  if (ca !== undefined && !ca.reveal().includes('-----BEGIN CERTIFICATE-----'))
    problem(['ca'], 'this is no PEM certificate; found no "-----BEGIN CERTIFICATE-----"');
  if (refresh < 1000) problem(['refresh'], 'a refresh more often than once a second', 'write 1s or more');
  if (cooldown < 1000) problem(['cooldown'], 'a cooldown of less than a second', 'write 1s or more');
  if (timeout <= 0) problem(['timeout'], 'a timeout of nothing', 'write a duration such as 5s');
  if (expiry < refresh)
    problem(
      ['expiry'],
      'keys that expire before they are refreshed',
      'write an expiry that is longer than the refresh',
    );
}

function isForgeable(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return protocol === 'http:' && !isLoopback;
}
