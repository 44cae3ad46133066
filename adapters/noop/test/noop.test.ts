import { createMixer } from '@krater/mixer';
import { adapterSuite, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import * as templates from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import noop from '../src/index.ts';

const test = suite('noop');
adapterSuite(noop, { test });

test('serves every template there is', () => {
  const served = noop.templates.map(({ name }) => name);
  assert.equal(served.toSorted(), Object.keys(templates).sort());
});

test('grants what it is asked for, and takes back what is given back', async () => {
  await using env = fakeEnv();
  const { quota } = await createHandler(noop, {}, env);
  const granted = async (amount: number) => {
    const request = { amount, bestEffort: false, dedupId: '' };
    return (await quota({ name: 'q', dimensions: undefined }, request, fakeContext(env))).granted;
  };
  assert.equal(await Promise.all([0, 1, 1e9, -1].map(granted)), [0, 1, 1e9, -1]);
});

test('verifies nobody, so that who relies on it for identity lets nobody in', async () => {
  const config = `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: who }
spec:
  match: "true"
  requestHeaderOperations: [{ name: x-caller, values: ['request.auth.principal | "nobody"'] }]
  actions:
  - handler: { adapter: noop }
    instances:
    - { name: who, template: identity, params: {}, attributes: { request.auth.principal: output.principal } }
`;
  const mixer = await createMixer({ config, adapters: [noop] });
  const { requestHeaders } = await mixer.check(mixer.bag().put('request.auth.principal', 'forged'));
  assert.equal(
    requestHeaders.map(({ value }) => value),
    ['nobody'],
  );
  await mixer.close();
});

test.run();
