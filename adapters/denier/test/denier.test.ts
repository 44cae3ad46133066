import { adapterSuite, configMistakes, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import denier from '../src/index.ts';

const test = suite('denier');
adapterSuite(denier, { test });

const instance = { name: 'nothing' };
const request = { amount: 1, bestEffort: false, dedupId: '' };

async function created(config: unknown) {
  const env = fakeEnv();
  return { handler: await createHandler(denier, config, env), context: fakeContext(env) };
}

test('refuses with PERMISSION_DENIED, for 5 s and 1000 uses, if nothing else is said', async () => {
  const { handler, context } = await created({});
  assert.equal(await handler.checknothing(instance, context), {
    status: { code: 'PERMISSION_DENIED', message: 'denied by policy' },
    validity: { duration: 5000, uses: 1000 },
  });
});

test('refuses with the configured code, message and validity', async () => {
  const { handler, context } = await created({
    code: 'UNAUTHENTICATED',
    message: 'who are you?',
    validity: { duration: '0s' },
  });
  const { status, validity } = await handler.listentry({ ...instance, value: 'x' }, context);
  assert.equal(status, { code: 'UNAUTHENTICATED', message: 'who are you?' });
  assert.is(validity?.duration, 0);
});

test('answers with a direct response', async () => {
  const response = { code: 302, headers: { location: 'https://example.com/login' } };
  const { handler, context } = await created({ response });
  assert.equal((await handler.checknothing(instance, context)).directResponse, response);
});

test('refuses a quota with its own status and grants nothing', async () => {
  const { handler, context } = await created({ code: 'UNAVAILABLE', message: 'closed' });
  assert.equal(await handler.quota({ ...instance, dimensions: undefined }, request, context), {
    status: { code: 'UNAVAILABLE', message: 'closed' },
    granted: 0,
  });
  assert.is(
    (await handler.quota({ ...instance, dimensions: undefined }, { ...request, amount: -1 }, context))
      .granted,
    0,
  );
});

test('explains what it would answer, as the quota tells by being asked for nothing', async () => {
  const env = fakeEnv();
  const created = await denier.create(denier.config.parse({ message: 'closed' }), env);
  const { checknothing, listentry, explain } = created as Explained;
  assert.equal(Object.keys(explain), ['checknothing', 'listentry']);
  assert.is(explain.checknothing(), checknothing());
  assert.is(explain.listentry(), listentry());
});

type Answers = Record<'checknothing' | 'listentry', () => unknown>;
type Explained = Answers & { readonly explain: Answers };

test('knows the refusal codes only', () => {
  for (const config of [{ code: 'OK' }, { code: 'FORBIDDEN' }, { response: { code: 100 } }]) {
    assert.is(configMistakes(denier, config).length, 1);
  }
});

test('refuses response headers that cannot be sent', () => {
  const mistakes = (headers: object) => configMistakes(denier, { response: { code: 403, headers } }).length;
  assert.is(mistakes({ location: '/login', 'X-Why': 'caf\u00e9\tclosed' }), 0);
  for (const name of ['location here', '', 'x:y', 'Host', 'connection', 'Transfer-Encoding', 'x-krater-peer'])
    assert.is(mistakes({ [name]: 'x' }), 1, name);
  for (const value of ['a\r\nset-cookie: b', 'a\nb', '\u0000', '\u20ac'])
    assert.is(mistakes({ 'x-note': value }), 1, JSON.stringify(value));
  assert.is(mistakes({ 'X-Twice': 'a', 'x-twice': 'b' }), 1);
});

test.run();
