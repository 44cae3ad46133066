import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dimensionsKey, grant, type LeaseAsk, refuse } from '../../src/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { configured, rule } from './configured.ts';

const test = suite('leases');

const shared = `---
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: h }
spec: { adapter: probe, params: { label: q } }
`;
const charges = (more = '') => `match: true
actions:
- handler: h
  instances: [{ name: requests, template: quota }]
${more}`;
const another = `- handler: { adapter: probe, params: { label: later } }
  instances: [{ name: more, template: quota }]`;

const window = 1_000;

/** A quota of 1,000 in a window, of which 40 may be held ahead; and a way to ask for leases of it. */
async function leasing(config = rule('a', charges())) {
  const clock = new FakeClock();
  const { mixer, probes } = await configured(shared + config, { clock });
  const quota = { limit: 1_000, remaining: 1_000 };
  probes.behaviour.set('q', () => {
    const { amount } = probes.quotas.at(-1) as { amount: number };
    const granted = Math.min(amount, quota.remaining);
    if (amount > 0 && granted === 0)
      return refuse('exhausted', { standing: { ...quota, resetAfter: window } });
    quota.remaining -= granted;
    return grant(granted, { ...quota, resetAfter: window }, { amount: 40, duration: window });
  });
  let requests = 0;
  const ask = async (
    holder: string,
    amount: number,
    { holding = 0, refill = false, dedupId = `request ${++requests}` } = {},
  ) => {
    const of = { handler: 'istio-system/h', quota: 'requests', dimensions: dimensionsKey({}) };
    const asks: readonly LeaseAsk[] = [{ ...of, amount, holding }];
    const decision = await mixer.check(mixer.bag(), { dedupId, leases: { holder, asks, refill } });
    const leases = decision.charges.map(({ lease }) => lease?.amount ?? 0);
    return { decision, leases, leased: leases.reduce((sum, one) => sum + one, 0) };
  };
  // The first request tells whether the quota may be granted ahead at all.
  await ask('first', 0);
  return { mixer, probes, clock, quota, ask };
}

test('what is asked for ahead of use is granted with the charge, for as long as its handler says', async () => {
  const { mixer, probes, ask } = await leasing();
  const { decision } = await ask('one', 10);
  assert.equal(decision.charges[0]?.lease, { amount: 10, duration: window });
  assert.is(probes.quotas.at(-1)?.amount, 11);
  await mixer.close();
});

test('all holders together hold no more than what the handler declares', async () => {
  const { mixer, ask } = await leasing();
  const leased = [];
  for (const holder of ['one', 'two', 'three', 'four']) leased.push((await ask(holder, 15)).leased);
  assert.equal(leased, [15, 15, 10, 0]);
  assert.is((await ask('one', 100, { holding: 5 })).leased, 10, 'what a holder has used is free again');
  await mixer.close();
});

test('less is granted ahead where the quota runs out', async () => {
  const { mixer, ask, quota } = await leasing();
  quota.remaining = 21;
  await ask('one', 0);
  assert.is((await ask('one', 15)).leased, 5);
  await mixer.close();
});

test('what is held is free again when it has lapsed', async () => {
  const { mixer, ask, clock } = await leasing();
  assert.is((await ask('one', 40)).leased, 40);
  await clock.advance(window - 1);
  assert.is((await ask('two', 40)).leased, 0);
  await clock.advance(1);
  assert.is((await ask('two', 40)).leased, 40);
  await mixer.close();
});

test('a retry is the same request: it holds what it held before', async () => {
  const { mixer, ask, quota } = await leasing();
  quota.remaining = 400;
  await ask('one', 0);
  quota.remaining = 11;
  for (const dedupId of ['again', 'again']) {
    quota.remaining = 11;
    assert.is((await ask('one', 30, { dedupId })).leased, 10, 'less than was allowed');
  }
  quota.remaining = 1_000;
  await ask('three', 0);
  assert.is((await ask('two', 40)).leased, 30);
  await mixer.close();
});

test('a request that came to nothing holds nothing', async () => {
  const { mixer, probes, ask } = await leasing(rule('a', charges(another)));
  probes.behaviour.set('later', () => refuse('too many'));
  const { decision, leased } = await ask('one', 40);
  assert.is(decision.status.code, 'RESOURCE_EXHAUSTED');
  assert.is(leased, 0);
  assert.is(probes.quotas.at(-1)?.amount, -41, 'all of it was given back');
  probes.behaviour.delete('later');
  assert.is((await ask('two', 40)).leased, 40);
  await mixer.close();
});

test('where two rules charge the same, one of them brings the lease', async () => {
  const { mixer, ask } = await leasing(rule('a', charges()) + rule('b', charges()));
  assert.equal((await ask('one', 30)).leases, [30, 0]);
  assert.is((await ask('two', 30)).leased, 10);
  await mixer.close();
});

test('topping up charges the request nothing, and is no decision to look up', async () => {
  const { mixer, probes, ask, quota } = await leasing();
  const before = quota.remaining;
  const { decision, leased } = await ask('one', 20, { refill: true });
  assert.is(leased, 20);
  assert.is(before - quota.remaining, 20);
  assert.is(decision.charges[0]?.amount, 1, 'what it would cost');
  assert.is(mixer.decision(decision.id), undefined);
  quota.remaining = 0;
  assert.is((await ask('one', 20, { refill: true })).decision.status.code, 'OK', 'nothing is refused by it');
  assert.is(probes.quotas.at(-1)?.amount, 20);
  await mixer.close();
});

test('holders that are gone do not keep out new ones', async () => {
  const { mixer, ask, clock, quota } = await leasing();
  quota.remaining = 1_000_000;
  for (let holder = 0; holder < 1_000; holder++) await ask(`holder ${holder}`, 1);
  assert.is((await ask('late', 1)).leased, 0);
  await clock.advance(window);
  assert.is((await ask('late', 1)).leased, 1);
  await mixer.close();
});

test('a refusal of a quota is not to be cached, and an allow is as long as its checks', async () => {
  const { mixer, ask, quota } = await leasing();
  assert.ok((await ask('one', 0)).decision.validity.duration > 0);
  quota.remaining = 0;
  const { status, validity } = (await ask('one', 0)).decision;
  assert.is(status.code, 'RESOURCE_EXHAUSTED');
  assert.equal(validity, { duration: 0, uses: 0 });
  await mixer.close();
});

test.run();
