// needs: openssl
import { execFileSync } from 'node:child_process';
import { EventTime } from '@fluent-org/logger';
import fluentd from '@krater/adapter-fluentd';
import { stringMap } from '@krater/mixer';
import { adapterSuite, configMistakes } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../src/config.ts';
import { certificate, forwardServer, logger, shape } from './forward.ts';

const test = suite('fluentd');
const moment = 1_900_000_000_123_456;

for (const mode of ['packed', 'compressed', 'forward']) {
  test(`is decoded in mode ${mode}, entry by entry, in order`, async () => {
    await using server = await forwardServer();
    const one = await logger({ address: server.address, mode, buffer: { chunk: '1KiB' } });
    one.tellMany(500);
    await one.close();
    assert.is(one.acknowledged(), 500);
    assert.is(one.lost(), 0);
    assert.equal(
      server.events.map(({ record }) => record['n']),
      Array.from({ length: 500 }, (_, n) => n),
    );
    assert.is(server.events[0]?.tag, 'krater.access');
  });
}

test('sends time to the microsecond, the level, and values as any backend can hold them', async () => {
  await using server = await forwardServer();
  const variables = {
    took: 'DURATION',
    at: 'TIMESTAMP',
    headers: 'STRING_MAP',
    big: 'INT64',
    broken: 'DOUBLE',
    authorization: 'STRING',
    card: 'STRING',
  } as const;
  const one = await logger({ address: server.address, mask: ['card'] }, [
    shape(variables, { monitored_resource_type: 'STRING' }),
  ]);
  one.tell({
    timestamp: moment,
    severity: 'WARNING',
    monitored_resource_type: 'pod',
    variables: {
      took: 1_500,
      at: moment,
      headers: stringMap({ cookie: 'secret', host: 'a\ud800' }),
      big: 2n ** 53n + 1n,
      broken: Number.NaN,
      authorization: 'Bearer x',
      card: '4111',
    },
  });
  await one.close();
  const [event] = server.events;
  const time = event?.time as EventTime;
  assert.ok(time instanceof EventTime);
  assert.equal([time.epoch, time.nano], [1_900_000_000, 123_456_000]);
  const { headers, big, ...record } = event?.record ?? {};
  assert.equal(record, {
    level: 'warn',
    instance: 'access',
    resource: { type: 'pod' },
    took: 0.0015,
    at: '2030-03-17T17:46:40.123Z',
    broken: null,
    authorization: '***',
    card: '***',
  });
  assert.equal(headers, { cookie: '***', host: 'a\ufffd' });
  assert.is(Number(big), 2 ** 53, 'the decoder of this server knows no larger integers');
});

test('gives every instance its tag, and sends the tags of a batch one after the other', async () => {
  await using server = await forwardServer();
  const one = await logger({ address: server.address, tag: 'mesh.{instance}.log' }, [
    shape(),
    shape({ n: 'INT64' }, { name: 'audit' }),
  ]);
  one.tell({ variables: { n: 1 } }, { name: 'audit', variables: { n: 2 } }, { variables: { n: 3 } });
  await one.close();
  assert.equal(
    server.events.map(({ tag, record }) => `${tag} ${record['n']}`),
    ['mesh.access.log 1', 'mesh.access.log 3', 'mesh.audit.log 2'],
  );
});

test('shakes hands with a shared key and a user, over TLS', async () => {
  using pair = certificate();
  const security = {
    serverHostname: 'server',
    sharedKey: 'sesame',
    authorize: true,
    userDict: { zoe: 'pass' },
  };
  await using server = await forwardServer({ security, tlsOptions: { key: pair.key, cert: pair.cert } });
  Object.assign(process.env, { FLUENTD_TEST_KEY: 'sesame', FLUENTD_TEST_PASSWORD: 'pass' });
  const config = {
    address: `localhost:${server.port}`,
    tls: { ca: { file: pair.paths.cert } },
    sharedKey: { env: 'FLUENTD_TEST_KEY' },
    user: { name: 'zoe', password: { env: 'FLUENTD_TEST_PASSWORD' } },
  };
  const one = await logger(config);
  one.tellMany(10);
  await one.close();
  assert.equal([one.acknowledged(), server.events.length], [10, 10]);

  for (const [change, why] of [
    [{ sharedKey: { env: 'FLUENTD_TEST_PASSWORD' } }, /refuses this side/],
    [{ user: { name: 'eve', password: { env: 'FLUENTD_TEST_PASSWORD' } } }, /refuses this side/],
    [{ user: undefined }, /asks for a user/],
    [{ tls: {} }, /self-signed certificate/],
  ] as const) {
    const refused = await logger({ ...config, ...change });
    refused.tellMany(10);
    await refused.close();
    assert.equal([refused.acknowledged(), refused.lost()], [0, 10], String(why));
    assert.match(String(refused.env.logged[0]?.fields['why']), why);
  }
  const plain = await logger({ ...config, tls: undefined });
  plain.tellMany(10);
  const closed = plain.close();
  await plain.env.clock.advance(2_000, { wait: false });
  await closed;
  assert.is(plain.lost(), 10, 'both sides wait for the other to speak first');
  assert.is(server.events.length, 10);
  delete process.env['FLUENTD_TEST_KEY'];
  delete process.env['FLUENTD_TEST_PASSWORD'];
});

test('says so when the server wants a shared key and none is given', async () => {
  const security = { serverHostname: 'server', sharedKey: 'sesame', authorize: false, userDict: {} };
  await using server = await forwardServer({ security });
  const one = await logger({ address: server.address });
  one.tellMany(10);
  await one.close();
  assert.is(one.lost(), 10);
  assert.is(one.env.logged[0]?.fields['why'], 'the server wants a shared key');
});

test('does without acknowledgements where it is told to', async () => {
  await using server = await forwardServer();
  const one = await logger({ address: server.address, acks: false });
  one.tellMany(50);
  await one.close();
  assert.is(one.acknowledged(), 50);
  while (server.events.length < 50) await new Promise(setImmediate);
});

test('loads its library only when a handler is created', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import('@krater/adapter-fluentd');
    console.log(loaded.some(url => url.includes('zod')), loaded.some(url => url.includes('@msgpack')));`;
  const flags = ['--conditions=krater-source', '--input-type=module', '-e', script];
  assert.is(execFileSync(process.execPath, flags, { encoding: 'utf8' }), 'true false\n');
});

test('reads addresses, and nothing that only looks like one', () => {
  assert.equal(parseAddress('[::1]:24224'), { host: '::1', port: 24224 });
  assert.equal(parseAddress('unix:///run/fluent.sock'), { path: '/run/fluent.sock' });
  for (const text of ['a', 'a:0', 'a:65536', 'tcp://a:1', 'unix://a', 'a:1/x', ''])
    assert.is(parseAddress(text), undefined, text);
});

const mistakes: [path: string, config: object][] = [
  ['address', { address: 'fluentd' }],
  ['tag', { tag: 'krater.{other}' }],
  ['buffer.chunk', { buffer: { chunk: '1B' } }],
  ['buffer.chunk', { buffer: { size: '64KiB', chunk: '1MiB' } }],
  ['user', { user: { name: 'zoe', password: { env: 'PATH' } } }],
  ['tls.ca', { tls: { ca: { env: 'PATH' } } }],
  ['tls.cert', { tls: { cert: { env: 'PATH' } } }],
  ['tls', { tls: { cert: { env: 'PATH' }, key: { env: 'PATH' } } }],
  ['sharedKey', { sharedKey: 'sesame' }],
];
for (const [path, config] of mistakes) {
  test(`finds the mistake at ${path} in ${JSON.stringify(config)}`, () => {
    const found = configMistakes(fluentd, config);
    assert.is(found.length, 1, found.join('\n'));
    assert.is(found[0]?.split(': ', 1)[0], path);
  });
}

adapterSuite(fluentd, { test, config: {} });

test.run();
