import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deny, grant, refuse } from '../../src/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('quota');

const charges = (
  label: string,
  name = 'requests',
  params = `dimensions: { user: 'request.headers["user"] | "anonymous"' }`,
) =>
  `- handler: { adapter: probe, params: { label: ${label} } }
  instances: [{ name: ${name}, template: quota, params: { ${params} } }]`;

test('charges the quotas of matching rules by their dimensions, one if no amount is said', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  const decision = await mixer.check(mixer.bag());
  assert.is(decision.status.code, 'OK');
  assert.is(probes.quotas.length, 1);
  assert.is(probes.quotas[0]?.amount, 1);
  assert.equal({ ...(probes.quotas[0]?.dimensions as object) }, { user: 'anonymous' });
  assert.is(decision.charges[0]?.onError, 'allow');
  await mixer.close();
});

test('evaluates the amount, and takes 0 as a peek', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nactions:\n${charges('q', 'bytes', `amount: 'size(request.path | "")'`)}`),
  );
  await mixer.check(mixer.bag());
  assert.is(probes.quotas[0]?.amount, 0);
  await mixer.close();
});

test('charges nothing when a check refuses', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nactions:\n${charges('q')}\n${checks('c')}`),
  );
  probes.behaviour.set('c', () => deny('no'));
  await mixer.check(mixer.bag());
  assert.is(probes.quotas.length, 0);
  await mixer.close();
});

test('gives back what was granted when a later quota refuses', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nactions:\n${charges('first')}\n${charges('second', 'more')}`),
  );
  probes.behaviour.set('second', () =>
    refuse('too many', { retryAfter: 1500, standing: { limit: 5, remaining: 0, resetAfter: 2000 } }),
  );
  const decision = await mixer.check(mixer.bag());
  assert.equal(decision.status, { code: 'RESOURCE_EXHAUSTED', message: 'too many' });
  assert.is(decision.retryAfter, 1500);
  assert.equal(decision.standing, { limit: 5, remaining: 0, resetAfter: 2000 });
  const [taken, , back] = probes.quotas;
  assert.is(back?.label, 'first');
  assert.is(back?.amount, -1);
  assert.is(back?.dedupId, taken?.dedupId);
  await mixer.close();
});

test('tells the tightest standing of several quotas', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nactions:\n${charges('wide')}\n${charges('tight', 'more')}`),
  );
  probes.behaviour.set('wide', () => grant(1, { limit: 100, remaining: 99, resetAfter: 1 }));
  probes.behaviour.set('tight', () => grant(1, { limit: 5, remaining: 1, resetAfter: 2 }));
  assert.is((await mixer.check(mixer.bag())).standing?.limit, 5);
  await mixer.close();
});

test('a failing quota allows unless its rule says deny', async () => {
  for (const [onError, code] of [
    ['', 'OK'],
    ['onError: deny\n', 'UNAVAILABLE'],
  ] as const) {
    const { mixer, probes } = await configured(rule('a', `match: true\n${onError}actions:\n${charges('q')}`));
    probes.behaviour.set('q', () => {
      throw new Error('broken');
    });
    assert.is((await mixer.check(mixer.bag())).status.code, code);
    await mixer.close();
  }
});

test('gives back a grant that came after the deadline', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`), {
    handlerDeadline: 5,
  });
  let late: (answer: unknown) => void = () => {};
  probes.behaviour.set('q', () => new Promise(resolve => (late = resolve)));
  assert.is((await mixer.check(mixer.bag())).status.code, 'OK');
  probes.behaviour.delete('q');
  late(grant(1));
  await new Promise(resolve => setImmediate(resolve));
  assert.is(probes.quotas[1]?.amount, -1);
  await mixer.close();
});

test('a quota named by a rule and by the caller is charged once, with the larger amount', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  const decision = await mixer.check(mixer.bag(), { quotas: { requests: { amount: 10 } } });
  assert.equal(
    probes.quotas.map(({ amount, bestEffort }) => [amount, bestEffort]),
    [[10, true]],
  );
  assert.is(decision.quotas['requests']?.granted, 10);
  await mixer.close();
});

test('grants what nobody configured', async () => {
  const { mixer } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  const decision = await mixer.check(mixer.bag(), { quotas: { other: { amount: 3 } } });
  assert.is(decision.quotas['other']?.granted, 3);
  await mixer.close();
});

test.run();
