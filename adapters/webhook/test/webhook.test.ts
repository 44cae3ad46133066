import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringMap } from '@krater/mixer';
import { adapterSuite, configMistakes, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import webhook from '../src/index.ts';
import { type Behaviour, byVerb, certificates, createService } from './service.ts';

const test = suite('webhook');

const forContract = await createService();
adapterSuite(webhook, { test, config: { url: forContract.url } });
test.after(() => forContract[Symbol.asyncDispose]());

/** A service and a handler that asks it, for the time of a test. */
async function asking(config: object = {}, answer: Behaviour = byVerb) {
  const service = await createService();
  service.answer = answer;
  const env = fakeEnv();
  const handler = await createHandler(webhook, { url: service.url, ...config }, env);
  return {
    service,
    env,
    handler,
    check: async () => handler.listentry({ name: 'entry', value: 'x' }, fakeContext(env)),
    quota: async (request: object) =>
      handler.quota(
        { name: 'requests', dimensions: undefined },
        { amount: 1, bestEffort: false, dedupId: '', ...request },
        fakeContext(env),
      ),
    async [Symbol.asyncDispose]() {
      await handler.close?.();
      await env.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** The code and message of the error that a call fails with. */
async function failure(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
  return 'none';
}

test('asks with the template, the handler and the whole instance', async () => {
  await using at = await asking();
  await at.handler.authorization(
    {
      name: 'access',
      subject: { user: 'zoe', groups: undefined, properties: stringMap([['__proto__', 'x']]) },
      action: undefined,
    },
    fakeContext(at.env),
  );
  assert.is(
    at.service.received[0]?.text,
    '{"template":"authorization","verb":"check","handler":"test","instance":{"name":"access","subject":{"user":"zoe","properties":{"__proto__":"x"}}}}',
  );
  assert.is(at.service.received[0]?.headers['content-type'], 'application/json');
});

test('writes times and durations as texts, and integers with all of their digits', async () => {
  await using service = await createService();
  const types = { dimensions: { at: 'TIMESTAMP', took: 'DURATION', n: 'INT64', bad: 'DURATION' } } as const;
  await using env = fakeEnv({ instances: [{ name: 'q', template: 'quota', types }] });
  const { quota, close } = await createHandler(webhook, { url: service.url }, env);
  const dimensions = { at: 1_900_000_000_123_456, took: 19_000, n: 9007199254740993n, bad: Number.NaN };
  await quota({ name: 'q', dimensions }, { amount: 1, bestEffort: true, dedupId: 'a' }, fakeContext(env));
  assert.ok(
    service.received[0]?.text.endsWith(
      '"amount":1,"bestEffort":true,"dedupId":"a","instance":{"name":"q","dimensions":{"at":"2030-03-17T17:46:40.123456Z","took":"19ms","n":9007199254740993,"bad":null}}}',
    ),
    service.received[0]?.text,
  );
  await close?.();
});

test('answers what the service answers', async () => {
  await using at = await asking();
  const answers: readonly [answer: object, code: string, message: string, validity: object][] = [
    [{ allow: true }, 'OK', '', { duration: 5_000, uses: 10_000 }],
    [{ allow: true, validity: { duration: '1m30s' } }, 'OK', '', { duration: 90_000, uses: 10_000 }],
    [{ allow: true, validity: { duration: '0s', uses: 0 } }, 'OK', '', { duration: 0, uses: 0 }],
    [{ allow: false }, 'PERMISSION_DENIED', 'denied by policy', { duration: 5_000, uses: 10_000 }],
    [
      { allow: false, message: 'not on Sundays', code: 'FAILED_PRECONDITION', validity: { uses: 1 } },
      'FAILED_PRECONDITION',
      'not on Sundays',
      { duration: 5_000, uses: 1 },
    ],
  ];
  for (const [answer, code, message, validity] of answers) {
    at.service.answer = () => answer;
    assert.equal(await at.check(), { status: { code, message }, validity });
  }
});

test('takes no answer in another form', async () => {
  await using at = await asking({ maxAnswer: 2_000 });
  const bad = [
    '',
    'true',
    '{"allow": true',
    '[{"allow": true}]',
    '{}',
    '{"allow": "true"}',
    '{"allow": 1}',
    '{"Allow": true}',
    '{"allow": true, "code": "PERMISSION_DENIED"}',
    '{"allow": true, "extra": 1}',
    '{"allow": false, "code": "OK"}',
    '{"allow": false, "code": "FORBIDDEN"}',
    '{"allow": false, "message": 7}',
    '{"allow": false, "message": "a\\r\\nset-cookie: b"}',
    '{"allow": true, "validity": "10s"}',
    '{"allow": true, "validity": {"duration": 10}}',
    '{"allow": true, "validity": {"uses": -1}}',
    '{"allow": true, "validity": {"uses": 1.5}}',
  ];
  for (const text of bad) {
    at.service.answer = (_received, response) => void response.end(text);
    assert.match(await failure(at.check), /^WEBHOOK_BAD_ANSWER: /, text);
  }
  at.service.answer = () => ({ allow: true, ...Object.fromEntries([['x'.repeat(2_000), 1]]) });
  assert.is(await failure(at.check), 'WEBHOOK_REFUSED: the service answers more than 2000 bytes');
  at.service.answer = (_received, response) => void response.end('{"allow": true, "extra": 1}');
  assert.match(await failure(at.check), /Unrecognized key|extra/);
});

test('a status that is no success is a failure, never an answer', async () => {
  await using at = await asking({ retry: { attempts: 1 } });
  for (const status of [201, 204]) {
    at.service.answer = (_received, response) => void response.writeHead(status).end();
    assert.match(await failure(at.check), /^WEBHOOK_BAD_ANSWER/, `${status}`);
  }
  for (const status of [400, 401, 403, 404, 500]) {
    at.service.answer = (_received, response) => void response.writeHead(status).end('{"allow": true}');
    assert.is(await failure(at.check), `WEBHOOK_REFUSED: the service answers with status ${status}`);
  }
  at.service.answer = (_received, response) =>
    void response.writeHead(302, { location: at.service.url }).end();
  assert.match(await failure(at.check), /^WEBHOOK_UNREACHABLE/);
});

test('asks for quotas, and says where the caller stands', async () => {
  const standing = { limit: 5, remaining: 2, resetAfter: '3s' };
  await using at = await asking({}, () => ({ granted: 1, standing }));
  const stands = { limit: 5, remaining: 2, resetAfter: 3_000 };
  assert.equal(await at.quota({ dedupId: 'a' }), {
    status: { code: 'OK', message: '' },
    granted: 1,
    standing: stands,
  });
  at.service.answer = () => ({ granted: 0, message: 'come back later', retryAfter: '2s', standing });
  assert.equal(await at.quota({}), {
    status: { code: 'RESOURCE_EXHAUSTED', message: 'come back later' },
    granted: 0,
    retryAfter: 2_000,
    standing: stands,
  });
  at.service.answer = () => ({ granted: -1 });
  assert.is((await at.quota({ amount: -1, dedupId: 'a' })).granted, -1);
  assert.is(at.service.received.at(-1)?.body.amount, -1);
  for (const answer of [
    {},
    { granted: '1' },
    { granted: 1, standing: { limit: 1 } },
    { granted: 1, allow: true },
  ]) {
    at.service.answer = () => answer;
    assert.match(await failure(() => at.quota({})), /^WEBHOOK_BAD_ANSWER/);
  }
});

test('looks up maps of texts', async () => {
  await using at = await asking({}, () => ({ value: { team: 'mesh' }, validity: { duration: '1m' } }));
  const look = async () => at.handler.lookup({ name: 'team', key: 'zoe' }, fakeContext(at.env));
  assert.equal((await look()).value, stringMap({ team: 'mesh' }));
  assert.equal(at.service.received[0]?.body.instance, { name: 'team', key: 'zoe' });
  at.service.answer = () => ({ value: { team: 7 } });
  assert.match(await failure(look), /^WEBHOOK_BAD_ANSWER: .*"value.team"/);
});

test('sends headers, and those kept secret', async () => {
  process.env['WEBHOOK_TEST_TOKEN'] = 'Bearer sesame';
  await using at = await asking({
    headers: { 'x-tenant': 'blue' },
    secretHeaders: { authorization: { env: 'WEBHOOK_TEST_TOKEN' } },
  });
  delete process.env['WEBHOOK_TEST_TOKEN'];
  await at.check();
  assert.is(at.service.received[0]?.headers['x-tenant'], 'blue');
  assert.is(at.service.received[0]?.headers.authorization, 'Bearer sesame');
});

test('trusts the authority that it is told to, and shows its own certificate', async () => {
  const { ca, server, client } = await certificates();
  const folder = await mkdtemp(join(tmpdir(), 'webhook-'));
  const inFile = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return { file: join(folder, name) };
  };
  await using service = await createService({ ...server, ca, requestCert: true, rejectUnauthorized: true });
  await using env = fakeEnv();
  const answer = async (config: object) => {
    const { checknothing, close } = await createHandler(
      webhook,
      { url: service.url, retry: { attempts: 1 }, ...config },
      env,
    );
    const said = await failure(async () => checknothing({ name: 'x' }, fakeContext(env)));
    await close?.();
    return said;
  };
  const trusted = { ca: await inFile('ca.pem', ca) };
  const own = {
    certificate: await inFile('cert.pem', client.cert),
    key: await inFile('key.pem', client.key),
  };
  assert.match(await answer(own), /^WEBHOOK_UNREACHABLE: .*certificate/);
  assert.match(await answer(trusted), /^WEBHOOK_UNREACHABLE/);
  assert.is(await answer({ ...trusted, ...own }), 'none');
  const paths = (config: object) =>
    configMistakes(webhook, { url: service.url, ...config }).map(mistake => mistake.split(': ')[0]);
  assert.equal(paths({ ...trusted, certificate: own.certificate }), ['certificate']);
  assert.equal(paths({ ca: await inFile('x', 'x') }), ['ca']);
  assert.equal(paths({ ...trusted, url: 'http://127.0.0.1/' }), ['ca']);
  await rm(folder, { recursive: true });
});

test('finds mistakes in its configuration', () => {
  process.env['WEBHOOK_TEST_TOKEN'] = 'a\nb';
  const paths = (config: object) =>
    configMistakes(webhook, { url: 'http://127.0.0.1/', ...config }).map(mistake => mistake.split(': ')[0]);
  assert.equal(paths({}), []);
  assert.equal(paths({ url: 'ftp://127.0.0.1/' }), ['url']);
  assert.equal(paths({ headers: { 'a b': 'x' } }), ['headers.a b']);
  assert.equal(paths({ headers: { constructor: 'x', 'X-A': 'a\r\nb', 'x-a': 'c' } }), [
    'headers.X-A',
    'headers.x-a',
  ]);
  assert.equal(paths({ headers: { 'Content-Type': 'text/xml', Host: 'x' } }), [
    'headers.Content-Type',
    'headers.Host',
  ]);
  assert.equal(paths({ secretHeaders: { a: { env: 'WEBHOOK_TEST_TOKEN' } } }), ['secretHeaders.a']);
  assert.equal(paths({ secretHeaders: { a: 'clear' } }), ['secretHeaders.a']);
  assert.equal(paths({ retry: { pause: '0s' }, batch: { delay: '0s', timeout: '0s', pause: '0s' } }), [
    'retry.pause',
    'batch.delay',
    'batch.timeout',
    'batch.pause',
  ]);
  assert.equal(paths({ concurrency: 0 }), ['concurrency']);
  delete process.env['WEBHOOK_TEST_TOKEN'];
});

test.run();
