import { execFileSync } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  configMistakes,
  createHandler,
  FakeClock,
  type FakeEnv,
  fakeContext,
  fakeEnv,
} from '@krater/mixer/testing';
import { exportJWK, generateKeyPair, generateSecret } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import jwt from '../src/index.ts';
import { createIssuer, issuerName, signingKey } from './issuer.ts';

const test = suite('jwt keys');

async function asking(config: object, env: FakeEnv) {
  const { authentication, close } = await createHandler(jwt, config, env);
  const check = async (credential: string) => authentication({ name: 'token', credential }, fakeContext(env));
  const why = async (credential: string) => (await check(credential)).status.message;
  /** The code of the error that a call fails with. */
  const failure = async (credential: string) => {
    try {
      await check(credential);
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };
  return { check, why, failure, close };
}

/** An issuer, and handlers that trust it, for the time of a test. */
async function world() {
  const clock = new FakeClock();
  const issuer = await createIssuer(clock);
  const env = fakeEnv({ clock });
  const closing: (() => unknown)[] = [];
  return {
    clock,
    issuer,
    env,
    async trust(more: object = {}, handlerEnv: FakeEnv = env) {
      const handler = await asking({ ...issuer.config, ...more }, handlerEnv);
      closing.push(() => handler.close?.());
      return handler;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
      await env.close();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

const lastLog = (env: FakeEnv) => env.logged.at(-1)?.fields ?? {};

test('are read again regularly, and raise the epoch only when they have changed', async () => {
  await using at = await world();
  const { why } = await at.trust();
  await at.clock.advance(900_000);
  assert.is(at.issuer.requests, 4);
  assert.is(at.env.changes, 0);
  const second = await signingKey('second');
  const old = await at.issuer.token();
  assert.is(await why(old), '');
  at.issuer.keys = [second.jwk];
  await at.clock.advance(300_000);
  assert.is(at.env.changes, 1);
  assert.is(at.env.measured.get('keys'), 1);
  assert.is(await why(await at.issuer.token({}, second)), '');
  assert.is(await why(old), 'the token is signed by an unknown key', 'although it had been verified before');
});

test('are read at once for a token by a key not yet known, and not again within the cooldown', async () => {
  await using at = await world();
  const { check, why } = await at.trust();
  await at.clock.advance(60_000);
  const second = await signingKey('second');
  at.issuer.keys = [...at.issuer.keys, second.jwk];
  const token = await at.issuer.token({}, second);
  assert.equal(await Promise.all([why(token), why(token), why(token)]), ['', '', '']);
  assert.is(at.issuer.requests, 2);
  assert.is(at.env.changes, 1);
  const third = await at.issuer.token({}, await signingKey('third'));
  for (let again = 0; again < 20; again++) {
    const { status, validity } = await check(third);
    assert.is(status.message, 'the token is signed by an unknown key');
    assert.is(validity?.duration, 0);
  }
  assert.is(at.issuer.requests, 2);
});

test('serve on while their url is down, until they expire, and come back by themselves', async () => {
  await using at = await world();
  const { why, failure } = await at.trust({ expiry: '10m' });
  const { answer } = at.issuer;
  at.issuer.answer = at.issuer.down;
  const token = await at.issuer.token();
  await at.clock.advance(599_000);
  assert.is(await why(token), '');
  assert.is(at.env.changes, 0);
  assert.equal(lastLog(at.env)['code'], 'JWT_UNREADABLE');
  await at.clock.advance(1_000);
  assert.is(await failure(token), 'JWT_UNAVAILABLE');
  at.issuer.answer = answer;
  await at.clock.advance(30_000);
  assert.is(await why(token), '');
});

test('bound how long an answer holds by their own expiry', async () => {
  await using at = await world();
  const { check } = await at.trust({ expiry: '6m' });
  at.issuer.answer = at.issuer.down;
  const token = await at.issuer.token();
  await at.clock.advance(300_000);
  assert.is((await check(token)).validity?.duration, 60_000);
  assert.is((await check(token)).validity?.duration, 60_000);
});

test('need not be there at the start; no token is taken until they are', async () => {
  await using at = await world();
  const { answer } = at.issuer;
  at.issuer.answer = at.issuer.down;
  const { why, failure } = await at.trust();
  const token = await at.issuer.token();
  assert.is(await failure(token), 'JWT_UNAVAILABLE');
  assert.is(await why(''), 'no bearer token', 'which needs no keys');
  at.issuer.answer = answer;
  await at.clock.advance(30_000);
  assert.is(await why(token), '');
  assert.is(at.env.measured.get('refresh_failures'), 1);
});

test('of the configuration before serve the next one, although their url is down', async () => {
  await using at = await world();
  await at.trust();
  at.issuer.answer = at.issuer.down;
  await using next = at.env.reloaded();
  const { why } = await at.trust({ tolerance: '1s' }, next);
  assert.is(await why(await at.issuer.token()), '');
});

test('are not taken from a server that the authority does not vouch for', async () => {
  await using at = await world();
  const { failure } = await at.trust({ ca: undefined });
  assert.is(await failure(await at.issuer.token()), 'JWT_UNAVAILABLE');
  assert.match(String(lastLog(at.env)['message']), /certificate/);
  await using other = await world();
  await using env = fakeEnv({ clock: at.clock });
  const { close } = await asking({ ...at.issuer.config, ca: other.issuer.config.ca }, env);
  assert.match(String(lastLog(env)['message']), /certificate/);
  assert.not(JSON.stringify(env.logged).includes('secret'));
  await close?.();
});

test('are not followed to somewhere else', async () => {
  await using at = await world();
  at.issuer.answer = (_request, response) =>
    void response.writeHead(302, { location: 'http://127.0.0.1:9/keys' }).end();
  const { failure } = await at.trust();
  assert.is(await failure(await at.issuer.token()), 'JWT_UNAVAILABLE');
});

test('that are no keys, or too many bytes of them, change nothing', async () => {
  await using at = await world();
  const { why } = await at.trust({ maxSize: 50_000 });
  const token = await at.issuer.token();
  const { jwk } = at.issuer.first;
  const bad: readonly [text: string, code: string][] = [
    ['', 'JWT_BAD_KEYS'],
    ['[]', 'JWT_BAD_KEYS'],
    ['{"keys": {}}', 'JWT_BAD_KEYS'],
    ['{"keys": [1]}', 'JWT_BAD_KEYS'],
    ['{"keys": []}', 'JWT_BAD_KEYS'],
    ['{"__proto__": {"keys": []}}', 'JWT_BAD_KEYS'],
    [JSON.stringify({ keys: [{ ...jwk, x: 'AA' }] }), 'JWT_BAD_KEYS'],
    [JSON.stringify({ keys: Array.from({ length: 101 }, () => jwk) }), 'JWT_TOO_LARGE'],
    [' '.repeat(50_001), 'JWT_TOO_LARGE'],
  ];
  for (const [text, code] of bad) {
    at.issuer.answer = (_request, response) => void response.end(text);
    await at.clock.advance(30_000);
    await at.clock.advance(300_000);
    assert.is(lastLog(at.env)['code'], code, text.slice(0, 40));
    assert.is(await why(token), '', text.slice(0, 40));
  }
  assert.is(at.env.changes, 0);
});

test('stop being read when their server does not finish in time', async () => {
  await using at = await world();
  at.issuer.answer = (_request, response) => void response.write('{"keys": [');
  const creating = at.trust({ timeout: '2s' });
  while (at.issuer.requests === 0) await new Promise(setImmediate);
  await at.clock.advance(2_000, { wait: false });
  const { failure } = await creating;
  assert.is(lastLog(at.env)['message'], 'the key set was not read within 2000 ms');
  assert.is(await failure(await at.issuer.token()), 'JWT_UNAVAILABLE');
});

test('are not waited for by a caller who has gone', async () => {
  await using at = await world();
  const handler = await createHandler(jwt, { ...at.issuer.config }, at.env);
  await at.clock.advance(60_000);
  at.issuer.answer = () => {};
  const gone = new AbortController();
  const context = fakeContext(at.env, gone.signal);
  const credential = await at.issuer.token({}, await signingKey('second'));
  const asked = Promise.resolve(handler.authentication({ name: 'token', credential }, context));
  while (at.issuer.requests < 2) await new Promise(setImmediate);
  gone.abort(new Error('gone'));
  assert.is(await asked.catch(error => (error as Error).message), 'gone');
  await at.env.close();
  await handler.close?.();
});

test('that are being read when their handler closes are forgotten without a word', async () => {
  await using at = await world();
  const { close } = await asking(at.issuer.config, at.env);
  at.issuer.answer = () => {};
  const refreshing = at.clock.advance(300_000, { wait: false });
  while (at.issuer.requests < 2) await new Promise(setImmediate);
  await close?.();
  await refreshing;
  while (at.env.open().some(what => what.startsWith('fetch'))) await new Promise(setImmediate);
  assert.equal(at.env.logged, []);
  assert.not(at.env.open().some(what => what.startsWith('timer after 30000')));
});

test('that are weak, private or secret are left out and named', async () => {
  await using at = await world();
  const { publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const strong = await exportJWK(publicKey);
  const weak = { ...strong, n: strong.n?.slice(0, 171), kid: 'weak' };
  const secret = await exportJWK(await generateSecret('HS256', { extractable: true }));
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const own = await exportJWK(privateKey);
  const forOthers = { ...at.issuer.first.jwk, use: 'enc', kid: 'enc' };
  at.issuer.keys = [weak, secret, own, forOthers, { kty: 'future' }, { kid: 'none' }, at.issuer.first.jwk];
  const { why } = await at.trust();
  assert.is(await why(await at.issuer.token()), '');
  assert.is(at.env.measured.get('keys'), 1);
  assert.equal(lastLog(at.env)['skipped'], [
    'keys[0] has 1024 bits, fewer than 2048',
    'keys[1] is of no kind that has a public key',
    'keys[2] is a private key, which everybody can read',
    'keys[3] is not for signatures',
    'keys[4] is of no kind that has a public key',
    'keys[5] is of no kind that has a public key',
  ]);
});

test('can be in a file', async () => {
  await using at = await world();
  const file = join(at.issuer.folder, 'keys.json');
  const { why, failure, close } = await asking(
    { issuer: issuerName, file, refresh: '1s', expiry: '1m' },
    at.env,
  );
  const token = await at.issuer.token();
  assert.is(await failure(token), 'JWT_UNAVAILABLE');
  await writeFile(file, JSON.stringify({ keys: at.issuer.keys }));
  await at.clock.advance(1_000);
  assert.is(await why(token), '');
  await close?.();
});

test('are taken by links to their file, and not from what is no file, such as a pipe that nobody writes to', async () => {
  await using at = await world();
  const { folder } = at.issuer;
  const [file, link, pipe] = [join(folder, 'keys.json'), join(folder, 'link'), join(folder, 'pipe')];
  await writeFile(file, JSON.stringify({ keys: at.issuer.keys }));
  await symlink('keys.json', link);
  execFileSync('mkfifo', [pipe]);
  const token = await at.issuer.token();
  const linked = await asking({ issuer: issuerName, file: link }, at.env);
  assert.is(await linked.why(token), '');
  const piped = await asking({ issuer: issuerName, file: pipe }, at.env);
  assert.is(await piped.failure(token), 'JWT_UNAVAILABLE');
  const { code, message } = lastLog(at.env);
  assert.equal([code, message], ['JWT_UNREADABLE', 'the file is a pipe; allowed: a regular file']);
  await linked.close?.();
  await piped.close?.();
});

test('have a configuration whose mistakes are found', async () => {
  await using at = await world();
  const { url, ca } = at.issuer.config;
  const paths = (config: object) =>
    configMistakes(jwt, { issuer: issuerName, ...config }).map(mistake => mistake.split(': ')[0]);
  assert.equal(paths({ url, ca }), []);
  assert.equal(paths({ url: 'http://127.0.0.1:80/' }), []);
  assert.equal(paths({ url: 'http://[::1]/' }), []);
  assert.equal(paths({ url: 'http://issuer.example/' }), ['url']);
  assert.equal(paths({ url: 'http://127.evil.example/' }), ['url']);
  assert.equal(paths({}), ['']);
  assert.equal(paths({ url, file: 'x' }), ['url']);
  assert.equal(paths({ file: 'x', ca }), ['ca']);
  assert.equal(paths({ url, ca: { file: new URL('./keys.test.ts', import.meta.url).pathname } }), ['ca']);
  assert.equal(paths({ url, refresh: '10ms', cooldown: '10ms', timeout: '0s' }), [
    'refresh',
    'cooldown',
    'timeout',
  ]);
  assert.equal(paths({ url, expiry: '1m' }), ['expiry']);
  for (const algorithm of ['none', 'HS256', 'hs256', 'A128KW'])
    assert.equal(paths({ url, algorithms: ['RS256', algorithm] }), ['algorithms.1']);
  assert.equal(paths({ url, issuer: '' }), ['issuer']);
});

test.run();
