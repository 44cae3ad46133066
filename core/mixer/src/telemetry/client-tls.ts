import { createSecureContext } from 'node:tls';
import { secret } from '@krater/documents';
import { z } from 'zod';
import type { ConfigProblem } from '../adapter.ts';

/** How a handler speaks TLS to its backend: whom it believes, and how it shows who it is. */
export const clientTls = z.strictObject({
  ca: secret().optional().describe('PEM of the authorities to believe, instead of the usual ones'),
  cert: secret().optional().describe('PEM of the certificate to show'),
  key: secret().optional().describe('PEM of its private key'),
});

export type ClientTls = z.output<typeof clientTls>;

/** What `tls.connect` and `https.request` want to be given. */
export function tlsOptions({ ca, cert, key }: ClientTls): { ca?: string; cert?: string; key?: string } {
  return {
    ...(ca && { ca: ca.reveal() }),
    ...(cert && { cert: cert.reveal() }),
    ...(key && { key: key.reveal() }),
  };
}

/** Says through `problem` where certificate and key are no PEM or do not fit; `path` is where the options are written. */
export function checkClientTls(
  tls: ClientTls,
  path: readonly (string | number)[],
  problem: ConfigProblem,
): void {
  const { ca, cert, key } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    problem([...path, given], `tls has a ${given} and no ${missing}`, `add to tls: ${missing}: { file: … }`);
    return;
  }
  if (ca !== undefined && !ca.reveal().includes('-----BEGIN CERTIFICATE-----')) {
    problem([...path, 'ca'], 'ca is no certificate in PEM', 'it begins with -----BEGIN CERTIFICATE-----');
    return;
  }
  try {
    createSecureContext(tlsOptions(tls));
  } catch (error) {
    problem(path, `certificate and key cannot be used: ${(error as Error).message}`);
  }
}
