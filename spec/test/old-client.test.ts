import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { createMixer, silentLog, systemAmbient } from '@krater/mixer';
import { createMixerServer, globalWords } from '@krater/wire';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OldClient, type OldClientOptions } from '../wire/old-client.ts';
import type { OldAttributes } from '../wire/old-codec.ts';
import { baseWords, oldWords } from '../wire/old-words.ts';
import { recorder } from '../wire/recorder.ts';

const test = suite('a client built from the public field numbers only');

const permissionDenied = 7;

const rule = (name: string, match: string, actions: string) => `---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ${name} }
spec:
  match: ${match}
  actions:
${actions.replace(/^/gm, '  ')}
`;
const lists = (value: string, adapter = '{ adapter: denylist, params: { entries: [mallory, ä] } }') =>
  `- handler: ${adapter}\n  instances: [{ name: it, template: listentry, params: { value: ${JSON.stringify(value)} } }]`;

const config = [
  rule('users', 'destination.service.name == "ratings"', lists(`request.headers["user"] | "nobody"`)),
  rule('addresses', 'source.ip == ip("10.0.0.9") && source.port > 9007199254740993', lists('"mallory"')),
  rule('whole', 'destination.service.name == "whole"', lists('request.headers', '{ adapter: recorder }')),
  rule(
    'limits',
    'destination.service.name == "limited"',
    `- handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 5, window: 10s }] } }
  instances: [{ name: requests, template: quota, params: { dimensions: { user: 'request.headers["user"] | ""' } } }]`,
  ),
  rule(
    'told',
    'true',
    `- handler: { adapter: recorder }
  instances:
  - name: access
    template: logentry
    params:
      severity: '"info"'
      timestamp: request.time
      variables:
        code: response.code
        duration: response.duration
        ip: source.ip
        labels: source.labels
        mtls: connection.mtls
        path: request.path`,
  ),
].join('');

/** A Mixer on a real socket, and clients of it. */
async function serve() {
  const recorded: unknown[] = [];
  const mixer = await createMixer({
    config,
    adapters: [denylist, memquota, recorder(recorded)],
    log: silentLog,
  });
  const server = await createMixerServer({
    mixer,
    listen: { host: '127.0.0.1', port: 0 },
    ambient: { ...systemAmbient, log: silentLog },
  });
  const clients: OldClient[] = [];
  return {
    recorded,
    client(options: OldClientOptions = {}): OldClient {
      const client = new OldClient(`127.0.0.1:${(server.address as { port: number }).port}`, options);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await server.drain(0);
      await mixer.close();
    },
  };
}

const service = (name: string, more: OldAttributes = {}): OldAttributes => ({
  'destination.service.name': name,
  ...more,
});
const user = (name: string): OldAttributes => ({ 'request.headers': { map: { user: name, via: 'proxy' } } });

test('its list of words is the list of the Mixer', () => {
  assert.is(oldWords.length, 222);
  assert.equal([...globalWords], [...oldWords]);
  assert.equal(
    [94, 111, 112, 218].map(index => globalWords[index]),
    ["'200'", "'0'", "'1'", '"-"'],
  );
});

for (const words of [222, 221, 203, baseWords, 16, 0]) {
  test(`is answered right, and caches right, when it knows ${words} words`, async () => {
    await using mixer = await serve();
    let now = 0;
    const client = mixer.client({ words: oldWords.slice(0, words), now: () => now });
    const check = async (attributes: OldAttributes) => {
      const { code, isHit } = await client.check(attributes);
      return [code, isHit];
    };
    assert.equal(await check(service('ratings', user('zoe'))), [0, false]);
    assert.equal(await check(service('ratings', user('zoe'))), [0, true]);
    assert.equal(await check(service('ratings', user('mallory'))), [permissionDenied, false]);
    assert.equal(await check(service('ratings', user('mallory'))), [permissionDenied, true]);
    assert.equal(await check(service('ratings', user('ä'))), [permissionDenied, false]);
    assert.equal(await check(service('details', user('mallory'))), [0, false]);
    // What the answer did not depend on may change.
    assert.equal(await check({ ...service('ratings', user('zoe')), 'request.path': '/other' }), [0, true]);
    const before = client.calls;
    now = 1_001;
    assert.equal(await check(service('ratings', user('zoe'))), [0, false]);
    assert.is(client.calls, before + 1);
  });
}

test('is told what its answer depended on, absences too', async () => {
  await using mixer = await serve();
  const client = mixer.client();
  const { matches, duration, uses, message } = await client.check(service('ratings', user('mallory')));
  const told = matches.map(({ condition, name, key }) => `${condition} ${name} ${key}`);
  for (const one of ['EXACT destination.service.name source.ip', 'EXACT request.headers user'])
    assert.ok(told.includes(one), `${one} in ${told}`);
  assert.ok(message.includes('mallory'), message);
  assert.is(duration, 1_000);
  assert.ok(uses > 0);
  const without = await client.check({ 'source.port': 1n });
  assert.ok(without.matches.some(({ condition, name }) => condition === 'ABSENCE' && name === 'source.ip'));
});

test('may not use an answer again that depended on what it cannot compare', async () => {
  await using mixer = await serve();
  const client = mixer.client();
  for (const attributes of [
    service('whole', user('zoe')),
    // Whether there are headers at all.
    service('ratings'),
    service('ratings', { 'request.headers': { map: {} } }),
    // A cached answer would be charged nothing.
    service('limited', user('zoe')),
  ]) {
    const { code, uses } = await client.check(attributes);
    assert.is(code, 0);
    assert.is(uses, 0, JSON.stringify(attributes));
    assert.is((await client.check(attributes)).isHit, false);
  }
});

test('is granted quotas by name, all or as much as there is', async () => {
  await using mixer = await serve();
  const client = mixer.client();
  const ask = async (name: string, amount: number, bestEffort: boolean, dedupId: string) => {
    const quotas = { requests: { amount, bestEffort } };
    const { code, granted } = await client.check(service('limited', user(name)), quotas, dedupId);
    return [code, granted['requests']];
  };
  assert.equal(await ask('zoe', 3, false, 'a'), [0, 3]);
  // The same call again, as far as anybody can tell.
  assert.equal(await ask('zoe', 3, false, 'a'), [0, 3]);
  assert.equal(await ask('zoe', 3, false, 'b'), [0, 0]);
  assert.equal(await ask('nina', 7, true, 'c'), [0, 5]);
});

test('tells values of every type exactly', async () => {
  await using mixer = await serve();
  const client = mixer.client();
  const from = (ip: readonly number[], port: bigint): OldAttributes => ({
    'source.ip': { ip },
    'source.port': port,
  });
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 9];
  assert.is((await client.check(from([10, 0, 0, 9], 9_007_199_254_740_994n))).code, permissionDenied);
  assert.is((await client.check(from([10, 0, 0, 9], 9_007_199_254_740_993n))).code, 0);
  assert.is((await client.check(from(mapped, 9_007_199_254_740_994n))).code, permissionDenied);
});

const first: OldAttributes = {
  'source.ip': { ip: [10, 0, 0, 1] },
  'source.labels': { map: { app: 'reviews', ['__proto__']: 'x' } },
  'request.path': '/ratings/1',
  'request.time': { timestamp: [1_420_211_075, 123_456_789] },
  'response.code': 200n,
  'response.duration': { duration: [0, 1_500_999] },
  'connection.mtls': true,
  'attribute.of.another.proxy': 'nobody declares it',
};
const second: OldAttributes = { 'request.path': '/ratings/2', 'response.code': 503n };

for (const words of [222, baseWords, 0]) {
  test(`is heard when it reports with ${words} words, in every encoding`, async () => {
    for (const how of [{ delta: true }, { shared: true }, { shared: false }, { delta: true, shared: true }]) {
      await using mixer = await serve();
      const client = mixer.client({ words: oldWords.slice(0, words) });
      await client.report([first, 'delta' in how ? second : { ...first, ...second }], how);
      const common = {
        duration: 1_500,
        ip: '10.0.0.1',
        labels: { app: 'reviews', ['__proto__']: 'x' },
        mtls: true,
      };
      const told = mixer.recorded.map(entry => (entry as { variables: object }).variables);
      assert.equal(JSON.parse(JSON.stringify(told)), [
        { code: 200, path: '/ratings/1', ...common },
        { code: 503, path: '/ratings/2', ...common },
      ]);
    }
  });
}

test('falls back to fewer words when the Mixer knows less than it does, and is answered then', async () => {
  await using mixer = await serve();
  const client = mixer.client({ words: [...oldWords, 'a.word.of.tomorrow'] });
  try {
    await client.check(service('ratings', user('mallory')));
    assert.unreachable();
  } catch (error) {
    assert.is((error as { code: number }).code, 3);
  }
  assert.is(client.words.length, baseWords);
  assert.is((await client.check(service('ratings', user('mallory')))).code, permissionDenied);
  await client.report([first]);
  assert.is(mixer.recorded.length, 1);
});

test.run();
