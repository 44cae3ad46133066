import type { Bag, Outcome } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMixerClient } from '../../src/client/mixer-client.ts';
import { charges, checks, type Rig, rule, startRig } from './rig.ts';

const test = suite('without a Mixer');

const byUser = rule('a', checks('request.headers["user"] | "nobody"', 'match: true\nonError: allow'));
const requestOf = ({ client }: Rig, user = 'zoe'): Bag => client.bag().put('request.headers', { user });
const code = async (outcome: Outcome | Promise<Outcome>) => (await outcome).status.code;

test('a valid cached answer stands, whatever else is said', async () => {
  await using rig = await startRig({ config: byUser, client: { unreachable: 'deny' } });
  rig.probes.refused.add('"adam"');
  for (const user of ['zoe', 'adam']) await rig.client.check(requestOf(rig, user));
  await rig.stop();
  assert.is(await code(rig.client.check(requestOf(rig))), 'OK');
  assert.is(await code(rig.client.check(requestOf(rig, 'adam'))), 'PERMISSION_DENIED');
  assert.is(await code(rig.client.check(requestOf(rig, 'eve'))), 'UNAVAILABLE');
  rig.ambient.skip(5_001);
  assert.is(await code(rig.client.check(requestOf(rig))), 'UNAVAILABLE');
});

test('denials are UNAVAILABLE and say why, at once', async () => {
  await using rig = await startRig({ config: byUser, client: { unreachable: 'deny' } });
  await rig.stop();
  const outcome = rig.client.check(requestOf(rig));
  assert.not.instance(outcome, Promise);
  const { status, validity, origin } = outcome as Outcome;
  assert.equal(status, { code: 'UNAVAILABLE', message: 'no Mixer can be reached' });
  assert.equal(validity, { duration: 0, uses: 0 });
  assert.is(origin, undefined);
});

test('the failure table decides where nobody else does: a rule that could match and denies on errors denies', async () => {
  const config =
    byUser +
    rule('b', checks('"b"', 'match: destination.service.name == "ratings"')) +
    rule('c', checks('"c"', 'match: true'), 'bank');
  await using rig = await startRig({ config });
  await rig.stop();
  const of = (service?: string) => requestOf(rig).put('destination.service.name', service);
  const shop = { namespace: 'shop' };
  assert.is(await code(rig.client.check(of('reviews'), shop)), 'OK');
  assert.is(await code(rig.client.check(of(), shop)), 'OK');
  assert.is(await code(rig.client.check(of('ratings'), shop)), 'UNAVAILABLE');
  assert.is(await code(rig.client.check(of('reviews'), { namespace: 'bank' })), 'UNAVAILABLE');
  assert.is(await code(rig.client.check(of('reviews'))), 'UNAVAILABLE', 'it may be bound for the bank');
  const bank = of('reviews').put('destination.namespace', 'bank');
  assert.is(
    await code(rig.client.check(bank, shop)),
    'UNAVAILABLE',
    'what the request says itself comes first',
  );
});

test('between allow and deny, deny wins', async () => {
  const strict = rule('a', checks('"x"'));
  for (const [config, unreachable, expected] of [
    [byUser, 'allow', 'OK'],
    [byUser, 'deny', 'UNAVAILABLE'],
    [strict, 'allow', 'UNAVAILABLE'],
    [strict, 'deny', 'UNAVAILABLE'],
  ] as const) {
    await using rig = await startRig({ config });
    await rig.stop();
    assert.is(await code(rig.client.check(requestOf(rig), { unreachable })), expected);
  }
});

test('a caller says for itself what is said for all', async () => {
  await using rig = await startRig({ config: byUser, client: { unreachable: 'deny' } });
  await rig.stop();
  assert.is(await code(rig.client.check(requestOf(rig), { unreachable: 'allow' })), 'OK');
});

test('cached serves expired answers up to an age, whatever the failure table says, and then denies', async () => {
  await using rig = await startRig({
    config: rule('a', checks('request.headers["user"] | "nobody"')),
    client: { unreachable: { cached: 60_000 } },
  });
  await rig.client.check(requestOf(rig));
  await rig.stop();
  rig.ambient.skip(50_000);
  const served = await rig.client.check(requestOf(rig));
  assert.is(served.status.code, 'OK');
  assert.ok(served.origin);
  assert.is(await code(rig.client.check(requestOf(rig, 'eve'))), 'UNAVAILABLE');
  rig.ambient.skip(10_001);
  assert.is(await code(rig.client.check(requestOf(rig))), 'UNAVAILABLE');
  const { expired, denied } = rig.client.metrics().unreachable;
  assert.equal([expired, denied], [1, 2]);
});

test('answers that are known not to hold any more are served by nobody', async () => {
  await using rig = await startRig({ config: byUser, client: { unreachable: { cached: 60_000 } } });
  await rig.client.check(requestOf(rig));
  await rig.change(() => rig.probes.refused.add('"zoe"'));
  await rig.stop();
  assert.is(await code(rig.client.check(requestOf(rig))), 'UNAVAILABLE');
});

test('quotas of a valid answer that cannot be charged let through unless their rule denies on errors', async () => {
  for (const [onError, expected] of [
    ['allow', 'OK'],
    ['deny', 'UNAVAILABLE'],
  ] as const) {
    await using rig = await startRig({ config: rule('a', charges(`match: true\nonError: ${onError}`)) });
    await rig.client.check(requestOf(rig));
    await rig.stop();
    const outcome = await rig.client.check(requestOf(rig), { quotas: { requests: { amount: 4 } } });
    assert.is(outcome.status.code, expected);
    assert.is(outcome.quotas['requests']?.granted, expected === 'OK' ? 4 : 0);
  }
});

test('leases are used up first', async () => {
  await using rig = await startRig({ config: rule('a', charges('match: true\nonError: deny')) });
  rig.probes.remaining = 10_000;
  rig.probes.leasable = 40;
  for (let round = 0; round < 200 && rig.client.metrics().leases.held < 3; round++)
    await rig.client.check(requestOf(rig));
  await rig.stop();
  const held = rig.client.metrics().leases.held;
  assert.ok(held >= 1);
  for (let round = 0; round < held; round++)
    assert.is(await code(rig.client.check(requestOf(rig))), 'OK', `${round} of ${held}`);
  assert.is(await code(rig.client.check(requestOf(rig))), 'UNAVAILABLE');
});

test('before any Mixer was seen everything is denied, unless the operator says otherwise', async () => {
  for (const [options, expected] of [
    [{}, 'UNAVAILABLE'],
    [{ unreachable: 'allow' }, 'UNAVAILABLE'],
    [{ beforeFirstMixer: 'allow' }, 'OK'],
    [{ beforeFirstMixer: 'allow', unreachable: 'allow' }, 'OK'],
    [{ beforeFirstMixer: 'allow', unreachable: 'deny' }, 'UNAVAILABLE'],
  ] as const) {
    const client = createMixerClient({ addresses: ['127.0.0.1:1'], ...options });
    assert.is(await client.ready(20), false);
    assert.is(await code(client.check(client.bag())), expected, JSON.stringify(options));
    await client.close(0);
  }
});

test('a Mixer that comes back is asked again', async () => {
  await using rig = await startRig({ config: byUser });
  await rig.stop();
  await rig.client.check(requestOf(rig));
  await rig.restart();
  await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 1);
  assert.is(rig.client.metrics().unreachable.allowed, 1);
});

test('answers of a Mixer that would not tell of a change are kept for a second', async () => {
  await using rig = await startRig({ config: byUser, server: { limits: { maxWatchers: 0 } }, ready: 50 });
  rig.probes.validity = { duration: 60_000 };
  const ask = async () => await rig.client.check(requestOf(rig), { timeout: 5_000 });
  await ask();
  rig.ambient.skip(900);
  await ask();
  assert.is(rig.probes.checked.length, 1);
  rig.ambient.skip(100);
  await ask();
  assert.is(rig.probes.checked.length, 2);
});

test('answers of a Mixer that has stopped telling of changes keep their validity', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { duration: 60_000 };
  await rig.client.check(requestOf(rig));
  await rig.stop();
  rig.ambient.skip(50_000);
  assert.is(await code(rig.client.check(requestOf(rig))), 'OK');
  assert.is(rig.client.metrics().cache.hits, 1);
});

test('a client without the address of any Mixer, or with an id that none takes, is a mistake', () => {
  for (const options of [{ addresses: [] }, { addresses: ['127.0.0.1:1'], id: 'x'.repeat(129) }]) {
    assert.throws(
      () => createMixerClient(options),
      (error: { code: string }) => error.code === 'WIRE_BAD_CLIENT',
    );
  }
});

test.run();
