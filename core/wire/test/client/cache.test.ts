import { setTimeout as delay } from 'node:timers/promises';
import type { Bag, Outcome } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { charges, checks, type Rig, rule, startRig, until } from './rig.ts';

const test = suite('check cache');

const byUser = rule('a', checks('request.headers["user"] | "nobody"'));
const requestOf = ({ client }: Rig, headers: Record<string, string> = { user: 'zoe' }): Bag =>
  client.bag().put('request.headers', headers);
const verdict = ({ status }: Outcome) => `${status.code} ${status.message}`;

test('a request that agrees with an earlier one in all that its answer depended on is answered by itself', async () => {
  await using rig = await startRig({ config: byUser });
  const first = await rig.client.check(requestOf(rig, { user: 'zoe', 'x-request-id': '1' }));
  const second = rig.client.check(requestOf(rig, { user: 'zoe', 'x-request-id': '2' }));
  assert.not.instance(second, Promise);
  assert.is(rig.probes.checked.length, 1);
  assert.is((second as Outcome).origin, first.id);
  assert.match((second as Outcome).id, new RegExp(`^${rig.client.id}\\.\\d+$`));
  assert.is(first.origin, undefined);
  await rig.client.check(requestOf(rig, { user: 'adam' }));
  assert.is(rig.probes.checked.length, 2);
});

test('a refusal is kept too, with its message', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.refused.add('"zoe"');
  const first = await rig.client.check(requestOf(rig));
  const second = rig.client.check(requestOf(rig)) as Outcome;
  assert.is(verdict(second), 'PERMISSION_DENIED checks refuses "zoe"');
  assert.is(second.origin, first.id);
});

test('an answer is used as often as it says', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { uses: 2 };
  for (let round = 0; round < 6; round++) await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 2);
});

test('an answer is used for as long as it says, counted from when it was asked for', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { duration: 60_000 };
  rig.probes.gate = delay(40);
  await rig.client.check(requestOf(rig));
  rig.probes.gate = undefined;
  rig.ambient.skip(59_000);
  assert.not.instance(rig.client.check(requestOf(rig)), Promise);
  rig.ambient.skip(970);
  await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 2);
});

test('what is not to be cached never is', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { duration: 0, uses: 0 };
  for (let round = 0; round < 3; round++) await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 3);
  assert.is(rig.client.metrics().cache.entries, 0);
});

test('the absence of an attribute, of a map and of a key each count', async () => {
  const config = rule('a', checks('request.headers["user"] | source.user | "nobody"'));
  await using rig = await startRig({ config });
  const bags = [
    rig.client.bag(),
    requestOf(rig, {}),
    requestOf(rig, { user: '' }),
    rig.client.bag().put('source.user', 'nobody'),
    requestOf(rig, {}).put('source.user', 'nobody'),
  ];
  for (const bag of [...bags, ...bags]) await rig.client.check(bag);
  assert.is(rig.client.metrics().cache.hits, bags.length);
});

test('a whole map counts with its exact keys and values', async () => {
  await using rig = await startRig({ config: rule('a', checks('source.labels')) });
  const labels = (map: Record<string, string>) => rig.client.bag().put('source.labels', map);
  const bags = [
    labels({}),
    labels({ a: '' }),
    labels({ a: 'b', c: 'd' }),
    labels({ a: 'd', c: 'b' }),
    labels({ ab: '', c: 'd' }),
    labels({ a: 'b' }),
  ];
  for (const bag of bags) await rig.client.check(bag);
  assert.is(rig.client.metrics().cache.hits, 0);
  await rig.client.check(labels({ c: 'd', a: 'b' }));
  assert.is(rig.client.metrics().cache.hits, 1);
});

test('the namespace is part of every key, wherever it comes from', async () => {
  await using rig = await startRig({ config: rule('a', checks('"x"'), 'shop') });
  rig.probes.refused.add('"x"');
  const bag = rig.client.bag();
  const codes = async () => {
    const own = rig.client.bag().put('destination.namespace', 'shop');
    const outcomes = [
      rig.client.check(bag, { namespace: 'shop' }),
      rig.client.check(bag, { namespace: 'bank' }),
      rig.client.check(bag),
      rig.client.check(own, { namespace: 'bank' }),
    ];
    return (await Promise.all(outcomes)).map(({ status }) => status.code);
  };
  const expected = ['PERMISSION_DENIED', 'OK', 'OK', 'PERMISSION_DENIED'];
  assert.equal(await codes(), expected);
  assert.equal(await codes(), expected);
  assert.is(bag.get('destination.namespace'), undefined, "the caller's bag is left alone");
});

test('identical misses wait for one answer, and each has an id of its own that names it', async () => {
  await using rig = await startRig({ config: byUser });
  await rig.client.check(requestOf(rig, { user: 'first' }));
  rig.probes.gate = delay(30);
  const ids = ['1', '2', '3'].map(id => ({ user: 'zoe', 'x-request-id': id }));
  const [one, two, three] = await Promise.all(ids.map(headers => rig.client.check(requestOf(rig, headers))));
  assert.is(rig.probes.checked.length, 2);
  assert.equal([two?.origin, three?.origin], [one?.id, one?.id]);
  assert.is(new Set([one?.id, two?.id, three?.id]).size, 3);
  assert.is(rig.client.metrics().cache.joined, 2);
});

test('a miss that turns out to be another asks by itself', async () => {
  await using rig = await startRig({
    config: rule('a', checks('request.headers["user"] | "nobody"', 'match: request.method == "GET"')),
  });
  rig.probes.refused.add('"zoe"');
  await rig.client.check(rig.client.bag().put('request.method', 'POST'));
  rig.probes.gate = delay(30);
  const get = (user: string) => requestOf(rig, { user }).put('request.method', 'GET');
  const outcomes = await Promise.all(['adam', 'zoe', 'adam'].map(user => rig.client.check(get(user))));
  assert.equal(
    outcomes.map(({ status }) => status.code),
    ['OK', 'PERMISSION_DENIED', 'OK'],
  );
  assert.is(rig.probes.checked.length, 2);
});

test('an answer that is not to be cached is shared with nobody', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { duration: 0, uses: 0 };
  rig.probes.gate = delay(30);
  await Promise.all([1, 2, 3].map(() => rig.client.check(requestOf(rig))));
  assert.is(rig.probes.checked.length, 3);
});

test('a caller that goes takes nobody with it', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.gate = delay(30);
  const caller = new AbortController();
  const gone = rig.client.check(requestOf(rig), { signal: caller.signal });
  const stays = rig.client.check(requestOf(rig));
  caller.abort();
  assert.is((await gone).status.code, 'CANCELLED');
  assert.is((await stays).status.code, 'OK');
});

test('what a caller does to its bag while it waits is no part of what it asked', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.refused.add('"adam"');
  const bag = requestOf(rig, { user: 'zoe' });
  const asked = rig.client.check(bag);
  bag.put('request.headers', { user: 'adam' });
  assert.is((await asked).status.code, 'OK');
  assert.is((await rig.client.check(bag)).status.code, 'PERMISSION_DENIED');
  assert.is((await rig.client.check(requestOf(rig))).status.code, 'OK');
});

test('never holds more answers than it is told, and forgets those that were not used for the longest', async () => {
  await using rig = await startRig({ config: byUser, client: { cache: { entries: 3 } } });
  const ask = (user: string) => rig.client.check(requestOf(rig, { user }));
  for (const user of ['a', 'b', 'c', 'a', 'd', 'a']) await ask(user);
  assert.is(rig.client.metrics().cache.entries, 3);
  assert.is(rig.client.metrics().cache.evictions, 1);
  assert.is(rig.probes.checked.length, 4);
  await ask('b');
  assert.is(rig.probes.checked.length, 5);
});

test('holds a bounded number of different sets of references', async () => {
  const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
  const rules = keys.map(key =>
    rule(key, checks(`request.headers["${key}"] | "none"`, `match: request.method == "${key}"`)),
  );
  await using rig = await startRig({ config: rules.join('') });
  for (const key of [...keys, ...keys.slice(-1)])
    await rig.client.check(requestOf(rig, { [key]: 'x' }).put('request.method', key));
  const { entries, evictions, hits } = rig.client.metrics().cache;
  assert.is(entries + evictions, 100);
  assert.ok(entries <= 64, `${entries} entries`);
  assert.is(hits, 1);
});

test('without a cache every request is asked for', async () => {
  await using rig = await startRig({ config: byUser, client: { cache: false } });
  for (let round = 0; round < 3; round++) await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 3);
});

test('attributes that only the Mixer declares are absent, and do not stand in the way', async () => {
  const manifest = `---
apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: m }
spec: { attributes: { team.name: { type: STRING } } }
`;
  await using rig = await startRig({ config: manifest + rule('a', checks('team.name | "none"')) });
  await rig.client.check(rig.client.bag());
  assert.not.instance(rig.client.check(rig.client.bag()), Promise);
});

test('a changed configuration, and handlers that change their minds, end what was cached', async () => {
  await using rig = await startRig({ config: byUser });
  const code = async () => (await rig.client.check(requestOf(rig))).status.code;
  assert.is(await code(), 'OK');
  await rig.change(() => rig.probes.refused.add('"zoe"'));
  assert.is(await code(), 'PERMISSION_DENIED');
  await rig.reload(rule('a', checks('"everybody"')));
  assert.is(await code(), 'OK');
});

test('an epoch ends only the answers of its handler', async () => {
  await using rig = await startRig({
    config:
      byUser + rule('b', checks('"b"', 'match: request.method == "POST"').replace('checks }', 'other }')),
  });
  const get = requestOf(rig).put('request.method', 'GET');
  await rig.client.check(get);
  await rig.reload(byUser + rule('c', checks('"c"', 'match: request.method == "PUT"')));
  await rig.client.check(get);
  const before = rig.probes.checked.length;
  await rig.client.check(get);
  assert.is(rig.probes.checked.length, before);
});

test('does not go back to a configuration within 10 s of leaving it, and asks meanwhile', async () => {
  await using rig = await startRig({ config: byUser });
  const other = rule('a', checks('"other"'));
  const asked = async () => {
    const before = rig.probes.checked.length;
    for (let round = 0; round < 2; round++) await rig.client.check(requestOf(rig));
    return rig.probes.checked.length - before;
  };
  rig.probes.validity = { duration: 60_000 };
  assert.is(await asked(), 1);
  await rig.reload(other);
  assert.is(await asked(), 1);
  await rig.reload(byUser);
  assert.is(await asked(), 2, 'nothing is served from the cache');
  rig.ambient.skip(10_000);
  assert.is(await asked(), 1, 'one that is asked for leads back; what was kept is served again');
});

test('a Mixer that was started anew takes its answers with it', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { duration: 60_000 };
  await rig.client.check(requestOf(rig));
  await rig.stop();
  assert.is((await rig.client.check(requestOf(rig))).status.code, 'OK', 'a valid answer stands meanwhile');
  await rig.restart();
  assert.is(rig.client.metrics().cache.entries, 0);
  await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 2);
});

test('so does one that was started anew under its old name', async () => {
  await using rig = await startRig({ config: byUser });
  rig.probes.validity = { duration: 60_000 };
  await rig.change(() => rig.probes.refused.add('"eve"'));
  await rig.client.check(requestOf(rig));
  await rig.stop();
  await rig.restart('mixer');
  assert.is(rig.client.metrics().cache.entries, 0);
  for (let round = 0; round < 3; round++) await rig.client.check(requestOf(rig));
  assert.is(rig.probes.checked.length, 2);
});

test('calls with quotas of their own are never answered from the cache', async () => {
  await using rig = await startRig({ config: byUser + rule('q', charges()) });
  const quotas = { requests: { amount: 3 } };
  await rig.client.check(requestOf(rig));
  const outcome = await rig.client.check(requestOf(rig), { quotas });
  assert.is(outcome.quotas['requests']?.granted, 3);
  assert.is(rig.probes.charged.at(-1)?.amount, 3);
  await until(() => rig.client.metrics().calls.checks === 2);
});

test.run();
