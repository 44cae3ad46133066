import { createHmac } from 'node:crypto';
import { stringMap } from '@krater/mixer';
import { createHandler, FakeClock, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { exportJWK, exportSPKI, FlattenedSign, generateKeyPair, importJWK } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import jwt from '../src/index.ts';
import { createIssuer, issuerName, signingKey } from './issuer.ts';

const test = suite('jwt under attack');

const clock = new FakeClock();
const issuer = await createIssuer(clock);
const rsa = await signingKey('rsa', 'RS256');
const sibling = await signingKey('sibling');
issuer.keys = [issuer.first, rsa, sibling].map(({ jwk }) => jwk);
const env = fakeEnv({ clock });
const handler = await createHandler(jwt, issuer.config, env);

test.after(async () => {
  await handler.close?.();
  await env.close();
  await issuer[Symbol.asyncDispose]();
});

/** Why a token is refused; also asserts that it speaks for nobody. */
async function why(credential: string): Promise<string> {
  const { principal, claims } = await handler.identity({ name: 'token', credential }, fakeContext(env));
  assert.equal([principal, claims], [undefined, undefined]);
  return (await handler.authentication({ name: 'token', credential }, fakeContext(env))).status.message;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = { iss: issuerName, sub: 'mallory', exp: clock.now() / 1000 + 3600 };
const [malformed, wrongAlgorithm, wrongSignature, unknownKey] = [
  'the token is malformed',
  'the token is signed by an algorithm that is not accepted',
  'the signature of the token is wrong',
  'the token is signed by an unknown key',
];

/** A token whose payload may be anything. */
async function signed(payload: string, more: object = {}): Promise<string> {
  const header = { alg: 'ES256', kid: 'first', ...more };
  const { signature } = await new FlattenedSign(Buffer.from(payload))
    .setProtectedHeader(header)
    .sign(issuer.first.privateKey, { crit: { 'urn:x': true } });
  return `${json(header)}.${Buffer.from(payload).toString('base64url')}.${signature}`;
}

test('takes no token without a signature, however "none" is spelt', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    assert.is(await why(`${json({ alg, kid: 'first' })}.${json(claims)}.`), wrongAlgorithm);
    assert.is(await why(`${json({ alg })}.${json(claims)}.AAAA`), wrongAlgorithm);
  }
  assert.is(await why(`${json({ kid: 'first' })}.${json(claims)}.`), malformed);
});

test('takes no public key for the secret of an HMAC', async () => {
  const publicKey = (await importJWK(rsa.jwk, 'RS256')) as Parameters<typeof exportSPKI>[0];
  const pem = await exportSPKI(publicKey);
  for (const secret of [
    pem,
    pem.trim(),
    JSON.stringify(rsa.jwk),
    rsa.jwk.n ?? '',
    Buffer.from(rsa.jwk.n ?? '', 'base64url'),
  ]) {
    const signed = `${json({ alg: 'HS256', kid: 'rsa' })}.${json(claims)}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    assert.is(await why(`${signed}.${signature}`), wrongAlgorithm);
  }
});

test('uses no key that a token brings along or points to', async () => {
  const own = await generateKeyPair('ES256');
  const by = { kid: 'first', alg: 'ES256', privateKey: own.privateKey, jwk: await exportJWK(own.publicKey) };
  const before = issuer.requests;
  for (const header of [
    { jwk: by.jwk },
    { jku: 'https://127.0.0.1:9/' },
    { x5u: 'https://127.0.0.1:9/' },
    { x5c: ['AA=='] },
  ])
    assert.is(await why(await issuer.token({}, by, header)), wrongSignature);
  assert.is(await why(await issuer.token({}, { ...by, kid: 'own' }, { jwk: by.jwk })), unknownKey);
  assert.is(issuer.requests, before, 'nothing is fetched');
});

test('binds a token to the key that it names, and a key to its algorithm', async () => {
  assert.is(await why(await issuer.token({}, issuer.first, { kid: 'sibling' })), wrongSignature);
  assert.is(await why(await issuer.token({}, issuer.first, { kid: 'rsa' })), unknownKey);
  const { privateKey } = await generateKeyPair('PS256');
  assert.is(await why(await issuer.token({}, { ...rsa, alg: 'PS256', privateKey })), unknownKey);
  for (const kid of ['', '../first', '__proto__', 'first\u0000', 'x'.repeat(5_000)])
    assert.is(await why(await issuer.token({}, issuer.first, { kid })), unknownKey, kid.slice(0, 9));
  const nameless = await issuer.token({}, issuer.first, { kid: undefined as never });
  assert.is(await why(nameless), 'the token does not say by which of several keys it is signed');
});

test('refuses a signature that is empty, zero, cut or moved to other claims', async () => {
  const token = await issuer.token();
  const [header, payload, signature = ''] = token.split('.');
  const zero = Buffer.alloc(64).toString('base64url');
  for (const forged of ['', zero, signature.slice(0, -4), `${signature}AAAA`]) {
    const message = await why(`${header}.${payload}.${forged}`);
    assert.ok([wrongSignature, malformed].includes(message), message);
  }
  assert.is(await why(`${header}.${json(claims)}.${signature}`), wrongSignature);
});

test('refuses what is no token', async () => {
  const token = await issuer.token();
  const [header, payload, signature] = token.split('.');
  const bad = [
    '.',
    '..',
    '...',
    `${token}.x`,
    `${header}.${payload}`,
    `${header}..${signature}`,
    `x${token}`,
    `${json([])}.${payload}.${signature}`,
    `${json(null)}.${payload}.${signature}`,
    `${Buffer.from('{"alg":').toString('base64url')}.${payload}.${signature}`,
    `${header}\u0000.${payload}.${signature}`,
    '\ud800.\ud800.\ud800',
    'a.b.c.d.e',
  ];
  for (const credential of bad)
    assert.ok([malformed, wrongSignature].includes(await why(credential)), JSON.stringify(credential));
});

test('refuses signed payloads that are no claims, and extensions that it does not know', async () => {
  assert.is(await why(await signed('[]')), malformed);
  assert.is(await why(await signed('"x"')), malformed);
  assert.is(await why(await signed('{')), malformed);
  assert.is(await why(await signed(JSON.stringify(claims), { crit: ['urn:x'], 'urn:x': 1 })), malformed);
});

test('bounds the size of tokens', async () => {
  assert.is(
    await why(await issuer.token({ fill: 'x'.repeat(20_000) })),
    'the token has more than 16384 characters',
  );
  assert.is(await why('.'.repeat(10_000_000)), 'the token has more than 16384 characters');
  assert.is(await why(`Bearer ${' '.repeat(1_000_000)}a.b.c`), malformed);
  assert.is(await why(`Bearer a.b.c${' '.repeat(1_000_000)}x`), 'no bearer token');
});

test('survives claims that are awkward', async () => {
  const { exp } = claims;
  const credential = await signed(
    `{"iss":"${issuerName}","exp":${exp},"__proto__":"x","constructor":{"prototype":1},"":"empty","a.b":"\\u0000"}`,
  );
  const { claims: found } = await handler.identity({ name: 'token', credential }, fakeContext(env));
  assert.equal(
    found,
    stringMap([
      ['iss', issuerName],
      ['exp', `${exp}`],
      ['__proto__', 'x'],
      ['constructor', '{"prototype":1}'],
      ['', 'empty'],
      ['a.b', '\u0000'],
    ]),
  );
  assert.is(({} as Record<string, unknown>)['x'], undefined);
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  const { status } = await handler.authentication(
    { name: 'token', credential: await signed(`{"iss":"${issuerName}","exp":${exp},"deep":${deep}}`) },
    fakeContext(env),
  );
  assert.ok(['OK', 'UNAUTHENTICATED'].includes(status.code));
});

test('remembers so many tokens only, and answers each for itself', async () => {
  for (let index = 0; index < 1_200; index++) {
    const credential = await issuer.token({ sub: `user-${index}` });
    const { principal } = await handler.identity({ name: 'token', credential }, fakeContext(env));
    assert.is(principal, `${issuerName}/user-${index}`);
  }
});

test.run();
