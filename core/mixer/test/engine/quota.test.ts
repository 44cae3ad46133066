import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, deny, grant, refuse } from '../../src/index.ts';
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

test('a caller that asks for more than its rule needs has all of it or nothing, and the request goes on', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  probes.behaviour.set('q', () => {
    const { amount } = probes.quotas.at(-1) as { amount: number };
    return amount > 0 ? grant(4) : grant(amount);
  });
  const asking = { requests: { amount: 10 } };
  const all = await mixer.check(mixer.bag(), { quotas: asking });
  assert.is(all.status.code, 'OK');
  assert.is(all.quotas['requests']?.granted, 0);
  assert.is(all.quotas['requests']?.status.code, 'RESOURCE_EXHAUSTED');
  assert.equal(
    probes.quotas.map(({ amount }) => amount),
    [10, -3],
  );
  const some = await mixer.check(mixer.bag(), { quotas: { requests: { amount: 10, bestEffort: true } } });
  assert.is(some.quotas['requests']?.granted, 4);
  await mixer.close();
});

test('an empty id of a call is none: two calls are two', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  await mixer.check(mixer.bag(), { dedupId: '' });
  await mixer.check(mixer.bag(), { dedupId: '' });
  assert.is(new Set(probes.quotas.map(({ dedupId }) => dedupId)).size, 2);
  await mixer.close();
});

test('grants what nobody configured', async () => {
  const { mixer } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  const decision = await mixer.check(mixer.bag(), { quotas: { other: { amount: 3 } } });
  assert.is(decision.quotas['other']?.granted, 3);
  await mixer.close();
});

test('rules that send quotas of one name to one handler are charged each', async () => {
  const handler = `---\napiVersion: krater.dev/v1\nkind: Handler\nmetadata: { name: h }\nspec: { adapter: probe, params: { label: h } }\n`;
  const action = (user: string) =>
    `match: true\nactions:\n- handler: h\n  instances: [{ name: requests, template: quota, params: { dimensions: { user: '"${user}"' } } }]`;
  const { mixer, probes } = await configured(handler + rule('a', action('a')) + rule('b', action('b')));
  await mixer.check(mixer.bag(), { dedupId: 'retry' });
  await mixer.check(mixer.bag(), { dedupId: 'retry' });
  const ids = probes.quotas.map(({ dedupId }) => dedupId);
  assert.is(new Set(ids).size, 2);
  assert.equal(ids.slice(0, 2), ids.slice(2), 'a retry has the same ids');
  await mixer.close();
});

test('an amount below 0 is a failure of its rule and gives nothing back', async () => {
  const amount = charges('q', 'bytes', 'amount: destination.port');
  for (const [onError, code] of [
    ['', 'OK'],
    ['onError: deny\n', 'UNAVAILABLE'],
  ] as const) {
    const { mixer, probes, log } = await configured(rule('a', `match: true\n${onError}actions:\n${amount}`));
    const decision = await mixer.check(mixer.bag().put('destination.port', -5));
    assert.is(decision.status.code, code);
    assert.equal(probes.quotas, []);
    assert.is(log.entries[0]?.fields['code'], 'QUOTA_BAD_AMOUNT');
    await mixer.check(mixer.bag().put('destination.port', 2n ** 62n));
    assert.is(probes.quotas[0]?.amount, 2 ** 62);
    await mixer.close();
  }
});

test('what the caller asked for is granted all or nothing, and answered by the names it used', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nactions:\n${charges('first')}\n${charges('second', 'more')}`),
  );
  probes.behaviour.set('second', () => refuse('too many'));
  const quotas = { Requests: { amount: 3 }, other: { amount: 2 }, ['__proto__']: { amount: 1 } };
  const refused = await mixer.check(mixer.bag(), { quotas });
  assert.equal(
    Object.entries(refused.quotas).map(([name, { granted, status }]) => [name, granted, status.code]),
    ['Requests', 'other', '__proto__'].map(name => [name, 0, 'RESOURCE_EXHAUSTED']),
  );
  probes.behaviour.delete('second');
  const allowed = await mixer.check(mixer.bag(), { quotas });
  assert.equal(
    Object.entries(allowed.quotas).map(([name, { granted }]) => [name, granted]),
    [
      ['Requests', 3],
      ['other', 2],
      ['__proto__', 1],
    ],
  );
  await mixer.close();
});

test('amounts that are none are nothing the caller wants', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`));
  for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    await mixer.check(mixer.bag(), { quotas: { requests: { amount } } });
  assert.equal(
    probes.quotas.map(({ amount }) => amount),
    [1, 1, 1],
  );
  await mixer.close();
});

test('giving back has time of its own, and the handler stays open for it', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nonError: deny\nactions:\n${charges('first')}\n${charges('second', 'more')}`),
    { checkDeadline: 5, handlerDeadline: 1_000 },
  );
  let taken: (answer: unknown) => void = () => {};
  probes.behaviour.set('first', () =>
    probes.quotas.at(-1)?.amount === 1 ? grant(1) : new Promise(resolve => (taken = resolve)),
  );
  probes.behaviour.set('second', () => new Promise(() => {}));
  assert.is((await mixer.check(mixer.bag())).status.code, 'UNAVAILABLE');
  const closing = mixer.close();
  await new Promise(resolve => setTimeout(resolve, 10));
  assert.equal(probes.closed, []);
  taken(grant(0));
  await closing;
  assert.equal(probes.closed, ['second', 'first']);
});

test('a grant that comes after the handler was closed is left alone', async () => {
  const { mixer, probes } = await configured(rule('a', `match: true\nactions:\n${charges('q')}`), {
    handlerDeadline: 5,
  });
  let late: (answer: unknown) => void = () => {};
  probes.behaviour.set('q', () => new Promise(resolve => (late = resolve)));
  await mixer.check(mixer.bag());
  await mixer.close();
  late(grant(1));
  await new Promise(resolve => setImmediate(resolve));
  assert.is(probes.quotas.length, 1);
});

test('charges nobody when the caller has gone', async () => {
  const { mixer, probes } = await configured(
    rule('a', `match: true\nactions:\n${checks('c')}\n${charges('q')}`),
  );
  const caller = new AbortController();
  probes.behaviour.set('c', () => {
    caller.abort();
    return Promise.resolve(allow());
  });
  const decision = await mixer.check(mixer.bag(), { signal: caller.signal });
  assert.is(decision.status.code, 'CANCELLED');
  assert.equal(probes.quotas, []);
  await mixer.close();
});

test('a binding charges requests to its own namespace only, one of the root namespace all', async () => {
  const spec = (namespace: string) => `---
apiVersion: config.istio.io/v1alpha2
kind: QuotaSpec
metadata: { name: s, namespace: ${namespace} }
spec: { rules: [{ quotas: [{ charge: 7, quota: requests }] }] }
---
apiVersion: config.istio.io/v1alpha2
kind: QuotaSpecBinding
metadata: { name: b, namespace: ${namespace} }
spec: { quotaSpecs: [{ name: s, namespace: ${namespace} }], services: [{ service: '*' }] }
`;
  for (const [from, to, amount] of [
    ['shop', 'shop', 7],
    ['shop', 'bank', 1],
    ['istio-system', 'bank', 7],
  ] as const) {
    const { mixer, probes } = await configured(
      spec(from) + rule('a', `match: true\nactions:\n${charges('q')}`),
    );
    await mixer.check(mixer.bag(), { namespace: to });
    assert.is(probes.quotas[0]?.amount, amount, `${from} to ${to}`);
    await mixer.close();
  }
});

test('a binding with labels charges only workloads that have them all, and says what it read', async () => {
  const spec = (apiVersion: string) => `---
apiVersion: ${apiVersion}
kind: QuotaSpec
metadata: { name: s }
spec: { rules: [{ quotas: [{ charge: 7, quota: requests }] }] }
---
apiVersion: ${apiVersion}
kind: QuotaSpecBinding
metadata: { name: b }
spec: { quotaSpecs: [{ name: s }], services: [{ service: '*', labels: { app: ratings, tier: '' } }] }
`;
  const read = ['app', 'tier'];
  const cases = [
    [{ app: 'ratings', tier: '', version: 'v1' }, 7, read],
    [{ app: 'ratings', tier: 'front' }, 1, read],
    [{ app: 'ratings' }, 1, read],
    [{ app: 'reviews', tier: '' }, 1, ['app']],
    [undefined, 1, ['app']],
  ] as const;
  for (const apiVersion of ['krater.dev/v1', 'config.istio.io/v1alpha2']) {
    const { mixer, probes } = await configured(
      spec(apiVersion) + rule('a', `match: true\nactions:\n${charges('q')}`),
    );
    for (const [labels, amount, keys] of cases) {
      const decision = await mixer.check(mixer.bag().put('destination.labels', labels));
      assert.is(probes.quotas.at(-1)?.amount, amount, JSON.stringify(labels));
      const noted = decision.references().filter(({ name }) => name === 'destination.labels');
      assert.equal(
        noted.flatMap(({ key }) => key ?? []),
        labels === undefined ? [] : keys,
      );
      assert.ok(noted.length > 0, 'an absent map counts too');
    }
    await mixer.close();
  }
});

test('a binding to no service at all is refused', async () => {
  const binding = 'spec: { quotaSpecs: [{ name: s }], services: [{ labels: { app: a } }] }';
  const config = `apiVersion: krater.dev/v1\nkind: QuotaSpecBinding\nmetadata: { name: b }\n${binding}\n`;
  try {
    await configured(config);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'known by name or by service, found neither');
  }
});

test.run();
