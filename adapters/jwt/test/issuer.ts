import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { generate } from 'selfsigned';

export const issuerName = 'https://issuer.example';

/** A certificate authority of our own, and a certificate of it for 127.0.0.1. */
async function certificates() {
  const ca = await generate([{ name: 'commonName', value: 'test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { ca: ca.cert, key: server.private, cert: server.cert };
}

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: Parameters<SignJWT['sign']>[0];
  readonly jwk: JWK;
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** An issuer of tokens that publishes its keys over HTTPS; keys and `answer` can be replaced while it runs. */
export async function createIssuer(clock: { now(): number }) {
  const { ca, key, cert } = await certificates();
  const folder = await mkdtemp(join(tmpdir(), 'jwt-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca);
  const first = await signingKey('first');
  const server = createServer({ key, cert }, (request, response) => {
    issuer.requests++;
    issuer.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/keys?secret=x`;
  const issuer = {
    first,
    keys: [first.jwk] as readonly object[],
    requests: 0,
    folder,
    config: { issuer: issuerName, url, ca: { file: caFile } },
    answer: ((_request, response) =>
      void response.end(JSON.stringify({ keys: issuer.keys }))) as RequestListener,
    down: ((_request, response) => void response.writeHead(503).end()) as RequestListener,
    /** A token that holds for an hour, unless the claims say otherwise. */
    token(claims: JWTPayload = {}, by: SigningKey = first, header: Partial<JWTHeaderParameters> = {}) {
      const seconds = Math.floor(clock.now() / 1000);
      const payload = { iss: issuerName, sub: 'zoe', exp: seconds + 3600, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: by.alg, kid: by.kid, ...header })
        .sign(by.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true });
    },
  };
  return issuer;
}
