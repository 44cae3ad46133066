import { stringMap } from '@krater/mixer';
import {
  adapterSuite,
  createHandler,
  FakeClock,
  type FakeEnv,
  fakeContext,
  fakeEnv,
} from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import jwt from '../src/index.ts';
import { createIssuer, issuerName, signingKey } from './issuer.ts';

const test = suite('jwt');

async function asking(config: object, env: FakeEnv) {
  const { authentication, identity, close } = await createHandler(jwt, config, env);
  const check = async (credential?: string) =>
    authentication({ name: 'token', credential }, fakeContext(env));
  return {
    check,
    close,
    identify: async (credential?: string) => identity({ name: 'token', credential }, fakeContext(env)),
    why: async (credential?: string) => (await check(credential)).status.message,
  };
}

/** An issuer and a handler that trusts it, for the time of a test. */
async function trusting(more: object = {}) {
  const clock = new FakeClock();
  const issuer = await createIssuer(clock);
  const env = fakeEnv({ clock });
  const handler = await asking({ ...issuer.config, ...more }, env);
  return {
    ...handler,
    issuer,
    env,
    async [Symbol.asyncDispose]() {
      await handler.close?.();
      await env.close();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

const forContract = await createIssuer(new FakeClock());
const goodToken = await forContract.token();
const samples = [goodToken, `Bearer ${goodToken}`, 'Bearer x', '', undefined].map(credential => ({
  name: 'token',
  credential,
}));
adapterSuite(jwt, {
  test,
  config: forContract.config,
  instances: { authentication: samples, identity: samples },
});
test.after(() => forContract[Symbol.asyncDispose]());

test('lets a verified token pass, as a header or alone, until it expires', async () => {
  await using at = await trusting();
  const token = await at.issuer.token({ exp: at.env.clock.now() / 1000 + 60 });
  for (const credential of [token, `Bearer ${token}`, `bearer  ${token} `]) {
    const { status, validity } = await at.check(credential);
    assert.is(status.code, 'OK');
    assert.equal(validity, { duration: 65_000, uses: 10_000 });
  }
  await at.env.clock.advance(64_000);
  assert.is((await at.check(token)).validity?.duration, 1_000);
  await at.env.clock.advance(1_000);
  assert.is(await at.why(token), 'the token has expired');
});

test('says whom a token speaks for, with all claims as texts', async () => {
  await using at = await trusting();
  const claims = {
    aud: ['a', 'b'],
    azp: 'app',
    groups: ['x,y', '"'],
    n: 7,
    ok: true,
    none: null,
    o: { p: 1 },
  };
  const token = await at.issuer.token({ ...claims, exp: 1_900_000_000 });
  const { raw_claims, ...identity } = await at.identify(`Bearer ${token}`);
  assert.equal(identity, {
    principal: `${issuerName}/zoe`,
    audiences: '["a","b"]',
    presenter: 'app',
    claims: stringMap({
      iss: issuerName,
      sub: 'zoe',
      exp: '1900000000',
      aud: '["a","b"]',
      azp: 'app',
      groups: '["x,y","\\""]',
      n: '7',
      ok: 'true',
      o: '{"p":1}',
    }),
  });
  assert.equal(JSON.parse(raw_claims ?? ''), { iss: issuerName, sub: 'zoe', ...claims, exp: 1_900_000_000 });
  const { output } = await at.check(token);
  assert.is(output?.['principal'], `${issuerName}/zoe`);
});

test('says nothing of whom a bad token speaks for', async () => {
  await using at = await trusting();
  const expired = await at.issuer.token({ exp: 1 });
  for (const credential of [
    undefined,
    '',
    'Basic eA==',
    'Bearer',
    'Bearer a b',
    expired,
    `${await at.issuer.token()}x`,
  ])
    assert.equal(new Set(Object.values(await at.identify(credential))), new Set([undefined]), credential);
});

test('refuses with the challenge of RFC 6750', async () => {
  await using at = await trusting();
  const nothing = await at.check('Basic eA==');
  assert.equal(nothing.status, { code: 'UNAUTHENTICATED', message: 'no bearer token' });
  assert.equal(nothing.directResponse?.headers, { 'www-authenticate': 'Bearer' });
  const foreign = await at.check(await at.issuer.token({ iss: 'https://other.example' }));
  assert.is(foreign.directResponse?.code, 401);
  assert.equal(foreign.directResponse?.headers, {
    'www-authenticate': `Bearer error="invalid_token", error_description="claim 'iss' of the token is not accepted"`,
  });
});

test('holds a token to its issuer, audience and times', async () => {
  await using at = await trusting({ audiences: ['shop', 'bank'], tolerance: '10s' });
  const now = at.env.clock.now() / 1000;
  const why = async (claims: object) => at.why(await at.issuer.token({ aud: 'shop', ...claims }));
  assert.is(await why({ aud: ['x', 'bank'] }), '');
  assert.is(await why({ aud: 'x' }), 'claim "aud" of the token is not accepted');
  assert.is(await why({ aud: undefined }), 'claim "aud" of the token is missing');
  assert.is(await why({ iss: `${issuerName}/` }), 'claim "iss" of the token is not accepted');
  assert.is(await why({ exp: undefined }), 'claim "exp" of the token is missing');
  assert.is(await why({ exp: 'soon' as never }), 'claim "exp" of the token is not accepted');
  assert.is(await why({ exp: now - 9 }), '');
  assert.is(await why({ exp: now - 10 }), 'the token has expired');
  assert.is(await why({ nbf: now + 10 }), '');
  const early = await at.issuer.token({ aud: 'shop', nbf: now + 40 });
  const { status, validity } = await at.check(early);
  assert.is(status.message, 'the token is not valid yet');
  assert.is(validity?.duration, 30_000);
  await at.env.clock.advance(30_000);
  assert.is(await at.why(early), '');
});

test('a token without subject has no principal, yet claims', async () => {
  await using at = await trusting();
  const { principal, claims } = await at.identify(await at.issuer.token({ sub: undefined as never }));
  assert.is(principal, undefined);
  assert.is(claims?.['iss'], issuerName);
});

test('verifies every algorithm it accepts, and no other', async () => {
  const rsa = await signingKey('rsa', 'RS256');
  const pss = await signingKey('pss', 'PS512');
  const edwards = await signingKey('edwards', 'EdDSA');
  const p384 = await signingKey('p384', 'ES384');
  await using at = await trusting({ algorithms: ['RS256', 'PS512', 'EdDSA', 'ES384'] });
  at.issuer.keys = [rsa, pss, edwards, p384, at.issuer.first].map(({ jwk }) => jwk);
  await at.env.clock.advance(300_000);
  for (const key of [rsa, pss, edwards, p384])
    assert.is(await at.why(await at.issuer.token({}, key)), '', key.alg);
  assert.is(
    await at.why(await at.issuer.token()),
    'the token is signed by an algorithm that is not accepted',
  );
});

test('explains by the answer itself', async () => {
  await using env = fakeEnv();
  const { authentication, explain, close } = (await jwt.create(
    jwt.config.parse({ issuer: issuerName, file: '/does/not/exist' }),
    env,
  )) as { authentication: unknown; explain: object; close(): Promise<void> };
  assert.equal(explain, { authentication });
  await close();
});

test.run();
