import { createMixer } from '@krater/mixer';
import { FakeClock } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import jwt from '../src/index.ts';
import { createIssuer, issuerName, signingKey } from './issuer.ts';

const test = suite('jwt in a mixer');

const clock = new FakeClock();
const issuer = await createIssuer(clock);
test.after(() => issuer[Symbol.asyncDispose]());

const rules = (demand: string) => `
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: tokens }
spec:
  adapter: jwt
  deadline: 10s
  params: ${JSON.stringify(issuer.config)}
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: who }
spec:
  match: "true"
  actions:
  - handler: tokens
    instances:
    - name: caller
      template: identity
      params: { credential: 'request.headers["authorization"]' }
      attributes:
        request.auth.principal: output.principal
        request.auth.claims: output.claims
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: tell }
spec:
  match: "true"
  requestHeaderOperations:
  - { name: x-caller, values: ['request.auth.principal | "nobody"'] }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: demand }
spec:
  match: '${demand}'
  onMissing: skip
  actions:
  - handler: tokens
    instances: [{ name: token, template: authentication, params: { credential: 'request.headers["authorization"]' } }]
`;

async function mixing(demand: string) {
  const mixer = await createMixer({ config: rules(demand), adapters: [jwt], clock, checkDeadline: 10_000 });
  return {
    ask(authorization: string, path = '/') {
      const bag = mixer.bag().put('request.url_path', path).put('request.headers', { authorization });
      return mixer.check(bag.put('request.auth.principal', 'forged'));
    },
    [Symbol.asyncDispose]: () => mixer.close(),
  };
}
const callerOf = (decision: { requestHeaders: readonly { value?: string | undefined }[] }) =>
  decision.requestHeaders.map(({ value }) => value);

test('supplies who is calling to other rules, and never what the client said itself', async () => {
  await using mixer = await mixing('request.url_path.startsWith("/private")');
  const authorization = `Bearer ${await issuer.token()}`;
  assert.equal(callerOf(await mixer.ask(authorization)), [`${issuerName}/zoe`]);
  assert.equal(callerOf(await mixer.ask('')), ['nobody']);
  assert.equal(callerOf(await mixer.ask('Bearer a.b.c')), ['nobody']);
  const refused = await mixer.ask('Bearer a.b.c', '/private');
  assert.is(refused.status.code, 'UNAUTHENTICATED');
  assert.is(refused.directResponse?.code, 401);
  assert.is((await mixer.ask(authorization, '/private')).status.code, 'OK');
});

test('a decision that depended on a token holds no longer than it', async () => {
  await using mixer = await mixing('request.auth.claims["role"] == "guest"');
  const token = await issuer.token({ exp: clock.now() / 1000 + 20 });
  assert.is((await mixer.ask(token)).validity.duration, 25_000);
});

test('cannot decide for others while it has no keys: what reads it fails', async () => {
  const { answer } = issuer;
  issuer.answer = issuer.down;
  try {
    await using mixer = await mixing('request.auth.principal == "x"');
    const authorization = await issuer.token({}, await signingKey('other'));
    assert.is((await mixer.ask(authorization)).status.code, 'UNAVAILABLE');
    assert.is((await mixer.ask('')).status.code, 'OK', 'nothing had to be verified');
  } finally {
    issuer.answer = answer;
  }
});

test.run();
