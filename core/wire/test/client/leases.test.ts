import { setTimeout as delay } from 'node:timers/promises';
import type { Bag, Outcome } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { charges, checks, type Rig, rule, startRig, until } from './rig.ts';

const test = suite('quota leases');

const byUser = rule('a', charges());
const requestOf = ({ client }: Rig, user = 'zoe'): Bag => client.bag().put('request.headers', { user });

/** Enough requests, in a steady stream, that the client holds a lease. */
async function warm(rig: Rig, user = 'zoe'): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await rig.client.check(requestOf(rig, user));
    await delay(1);
    if (rig.client.metrics().leases.held > 0) return;
  }
  throw new Error('no lease was granted');
}

async function leasing(
  options: Partial<Parameters<typeof startRig>[0]> = {},
  remaining = 10_000,
): Promise<Rig> {
  const rig = await startRig({ config: byUser, ...options });
  rig.probes.remaining = remaining;
  rig.probes.leasable = 40;
  return rig;
}

test('hits are charged from what was granted ahead, and a steady stream waits for nobody', async () => {
  await using rig = await leasing();
  await warm(rig);
  const before = rig.client.metrics();
  let waited = 0;
  for (let round = 0; round < 300; round++) {
    const outcome = rig.client.check(requestOf(rig));
    if (outcome instanceof Promise) waited++;
    assert.is((await outcome).status.code, 'OK');
    await delay(1);
  }
  const after = rig.client.metrics();
  assert.ok(waited < 30, `${waited} of 300 requests waited`);
  assert.ok(after.leases.used - before.leases.used >= 270);
  assert.ok(after.calls.refills > before.calls.refills, 'in the background');
});

test('everything that was let through was charged', async () => {
  await using rig = await leasing();
  await warm(rig);
  for (let round = 0; round < 50; round++) await rig.client.check(requestOf(rig));
  const { checks: asked } = rig.client.metrics().calls;
  await until(() => {
    const { granted, held, used } = rig.client.metrics().leases;
    return granted === held + used && 10_000 - rig.probes.remaining === asked + granted;
  });
});

test('leases are of exactly one combination of dimensions', async () => {
  await using rig = await leasing();
  await warm(rig, 'zoe');
  const { used } = rig.client.metrics().leases;
  await rig.client.check(requestOf(rig, 'adam'));
  await rig.client.check(requestOf(rig, 'adam'));
  assert.is(rig.client.metrics().leases.used, used);
  assert.equal({ ...rig.probes.charged.at(-1)?.dimensions }, { user: 'adam' });
});

test('where one charge of a hit has no lease nothing is taken, and the Mixer is asked', async () => {
  const more = charges().replace('name: requests', 'name: more').replace('label: charges', 'label: strict');
  await using rig = await leasing({ config: byUser + rule('b', more) });
  rig.probes.unleasable.add('strict');
  await warm(rig);
  const before = rig.client.metrics();
  for (let round = 0; round < 10; round++) await rig.client.check(requestOf(rig));
  const { leases, calls } = rig.client.metrics();
  assert.is(leases.used, 0);
  assert.ok(leases.held >= before.leases.held);
  assert.is(calls.uncovered, before.calls.uncovered + 10);
});

test('what is left when a lease ends is lost', async () => {
  await using rig = await leasing();
  await warm(rig);
  const { held } = rig.client.metrics().leases;
  rig.ambient.skip(1_001);
  const { leases } = rig.client.metrics();
  assert.is(leases.held, 0);
  assert.ok(leases.lapsed >= held);
  const { checks: asked } = rig.client.metrics().calls;
  await rig.client.check(requestOf(rig));
  assert.is(rig.client.metrics().calls.checks, asked + 1);
});

test('leases end with the configuration that they were granted under', async () => {
  await using rig = await leasing();
  await warm(rig);
  await rig.reload(byUser + rule('other', checks('"x"', 'match: request.method == "PUT"')));
  assert.is(rig.client.metrics().leases.held, 0);
});

test('leases of a Mixer that was started anew are not used', async () => {
  await using rig = await leasing();
  await warm(rig);
  await rig.stop();
  await rig.restart();
  assert.is(rig.client.metrics().leases.held, 0);
});

test('only one request at a time asks for more', async () => {
  await using rig = await leasing();
  await warm(rig);
  rig.ambient.skip(1_001);
  const before = rig.probes.charged.length;
  await Promise.all(Array.from({ length: 20 }, () => rig.client.check(requestOf(rig))));
  const asked = rig.probes.charged.slice(before).filter(({ amount }) => amount > 1);
  assert.is(asked.length, 1);
});

test('in strict mode every request that charges is asked for, and nothing is granted ahead', async () => {
  await using rig = await leasing({ client: { leases: false } }, 5);
  const codes: string[] = [];
  for (let round = 0; round < 8; round++) codes.push((await rig.client.check(requestOf(rig))).status.code);
  assert.is(codes.filter(code => code === 'OK').length, 5);
  assert.ok(rig.probes.charged.every(({ amount }) => amount === 1));
  assert.is(rig.probes.charged.length, 8);
});

test('a handler that grants nothing ahead is asked each time', async () => {
  await using rig = await leasing();
  rig.probes.leasable = 0;
  for (let round = 0; round < 30; round++) await rig.client.check(requestOf(rig));
  assert.is(rig.probes.charged.filter(({ amount }) => amount === 1).length, 30);
});

test('a refusal of a quota is not kept, and the allow of its checks is', async () => {
  await using rig = await leasing({}, 1);
  const code = async () => (await rig.client.check(requestOf(rig))).status.code;
  assert.equal([await code(), await code()], ['OK', 'RESOURCE_EXHAUSTED']);
  rig.probes.remaining = 1;
  assert.is(await code(), 'OK');
  assert.is(rig.client.metrics().cache.entries, 1);
});

test('a hit tells where the caller stands: what was told last, less what was used since', async () => {
  await using rig = await leasing({}, 900);
  await warm(rig);
  const standing = async () => (await rig.client.check(requestOf(rig))).standing?.remaining as number;
  const seen = [await standing(), await standing(), await standing()];
  assert.equal(
    seen.map((remaining, index) => remaining - (seen[0] as number) + index),
    [0, 0, 0],
  );
  assert.is(seen[0], 900 - requests(rig) + 2);
});

/** All that were let through. */
function requests({ client }: Rig): number {
  const { cache, calls } = client.metrics();
  return cache.hits + calls.checks;
}

test('a caller that says by which id it is charged is charged by the Mixer', async () => {
  await using rig = await leasing();
  await warm(rig);
  await rig.client.check(requestOf(rig), { dedupId: 'mine' });
  assert.match(rig.probes.charged.at(-1)?.dedupId ?? '', /^mine/);
});

test('every request has an id of its own by which it is charged once', async () => {
  await using rig = await leasing({ client: { leases: false } });
  for (let round = 0; round < 5; round++) await rig.client.check(requestOf(rig));
  const ids = rig.probes.charged.map(({ dedupId }) => dedupId);
  assert.is(new Set(ids).size, 5);
  assert.ok(ids.every(id => id.startsWith(rig.client.id)));
});

test('leases that a caller asks for itself are its own', async () => {
  await using rig = await leasing();
  const of = { handler: '', quota: 'requests', dimensions: '{"user":"zoe"}' };
  const charged = await rig.client.check(requestOf(rig));
  const handler = charged.charges[0]?.handler as string;
  const asks = [{ ...of, handler, amount: 7, holding: 0 }];
  const leases = { holder: 'me', asks, refill: false };
  await rig.client.check(requestOf(rig), { leases });
  const outcome = await rig.client.check(requestOf(rig), { leases });
  assert.is(outcome.charges[0]?.lease?.amount, 7);
  assert.is(rig.client.metrics().leases.held, 0);
});

test('an amount of 0 needs no lease', async () => {
  await using rig = await leasing({ config: rule('a', charges('match: true', '0')) });
  await rig.client.check(requestOf(rig));
  assert.not.instance(rig.client.check(requestOf(rig)), Promise);
});

test('hits carry their charges, and no lease of another request', async () => {
  await using rig = await leasing();
  await warm(rig);
  const hit = rig.client.check(requestOf(rig)) as Outcome;
  assert.ok(hit.origin);
  assert.equal(
    hit.charges.map(({ quota, amount, lease }) => [quota, amount, lease]),
    [['requests', 1, undefined]],
  );
});

test.run();
