import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adapterSuite, createHandler, type FakeEnv, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import denylist from '../src/index.ts';
import { listServer, tagOf } from './list-server.ts';

const test = suite('denylist from outside');

async function asking(config: object, env: FakeEnv) {
  const { listentry } = await createHandler(denylist, config, env);
  return {
    ask: async (value: string) => listentry({ name: 'value', value }, fakeContext(env)),
    code: async (value: string) => (await listentry({ name: 'value', value }, fakeContext(env))).status.code,
  };
}

/** The code of the error that a call fails with. */
async function failure(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

adapterSuite(denylist, { test, config: { file: fileURLToPath(new URL('./list.txt', import.meta.url)) } });

test('lives without its url, and fails each call until it has a list', async () => {
  await using env = fakeEnv();
  const { ask } = await asking({ url: 'http://127.0.0.1:9/list', entries: ['a'] }, env);
  assert.is(await failure(ask('a')), 'DENYLIST_UNAVAILABLE');
  assert.is(env.measured.get('refresh_failures'), 1);
  assert.is(env.logged[0]?.level, 'warn');
});

test('reads its url at once, refreshes it, and raises the epoch only when it has changed', async () => {
  await using server = await listServer('# people\nzoe\r\n\n  ann  \n');
  await using env = fakeEnv();
  const { code } = await asking({ url: server.url, entries: ['eve'] }, env);
  assert.equal(await Promise.all(['zoe', 'ann', 'eve', 'bob', '# people'].map(code)), [
    'PERMISSION_DENIED',
    'PERMISSION_DENIED',
    'PERMISSION_DENIED',
    'OK',
    'OK',
  ]);
  await env.clock.advance(180_000);
  assert.is(server.requests.length, 4);
  assert.is(env.changes, 0);
  server.text = 'bob';
  await env.clock.advance(60_000);
  assert.is(env.changes, 1);
  assert.is(await code('bob'), 'PERMISSION_DENIED');
  assert.is(await code('zoe'), 'OK');
});

test('asks for changes by the tag of the last list', async () => {
  await using server = await listServer('zoe');
  await using env = fakeEnv();
  await asking({ url: server.url }, env);
  await env.clock.advance(60_000);
  assert.equal(
    server.requests.map(headers => headers['if-none-match']),
    [undefined, tagOf('zoe')],
  );
});

test('takes the same text again for unchanged, tag or not', async () => {
  await using server = await listServer('');
  server.answer = (_request, response) => void response.end('zoe');
  await using env = fakeEnv();
  await asking({ url: server.url }, env);
  await env.clock.advance(120_000);
  assert.is(server.requests.length, 3);
  assert.is(env.changes, 0);
});

test('serves the last good list while its url fails, until it expires', async () => {
  await using server = await listServer('zoe');
  await using env = fakeEnv();
  const { ask, code } = await asking({ url: server.url, refresh: '60s', expiry: '150s' }, env);
  server.answer = (_request, response) => void response.writeHead(500).end('down');
  await env.clock.advance(120_000);
  assert.is(await code('zoe'), 'PERMISSION_DENIED');
  assert.is(env.changes, 0);
  await env.clock.advance(30_000);
  assert.is(await failure(ask('zoe')), 'DENYLIST_UNAVAILABLE');
  server.answer = (_request, response) => void response.end('zoe');
  await env.clock.advance(30_000);
  assert.is(await code('zoe'), 'PERMISSION_DENIED');
});

test('bounds the validity of answers by the next refresh and by the expiry', async () => {
  await using server = await listServer('zoe');
  await using env = fakeEnv();
  const { ask } = await asking({ url: server.url, refresh: '60s', expiry: '100s' }, env);
  assert.is((await ask('zoe')).validity?.duration, 60_000);
  server.answer = (_request, response) => void response.writeHead(500).end();
  await env.clock.advance(90_000);
  assert.is((await ask('zoe')).validity?.duration, 10_000);
});

test('refuses a list with a bad entry as a whole and keeps the last', async () => {
  await using server = await listServer('10.0.0.0/8');
  await using env = fakeEnv();
  const { code } = await asking({ url: server.url, type: 'cidr' }, env);
  server.text = '11.0.0.0/8\nno address';
  await env.clock.advance(60_000);
  assert.is(await code('10.0.0.1'), 'PERMISSION_DENIED');
  assert.is(await code('11.0.0.1'), 'OK');
  assert.is(env.logged.at(-1)?.fields['code'], 'DENYLIST_BAD_CONTENT');
  assert.match(String(env.logged.at(-1)?.fields['message']), /"no address" is no address/);
});

test('reads a JSON array of strings, and nothing else', async () => {
  await using server = await listServer('["zoe", "a\\nb"]');
  await using env = fakeEnv();
  const { code } = await asking({ url: server.url, format: 'json' }, env);
  assert.is(await code('a\nb'), 'PERMISSION_DENIED');
  for (const text of ['{"zoe": 1}', '[1]', '[', '']) {
    server.text = text;
    await env.clock.advance(60_000);
    assert.is(env.logged.at(-1)?.fields['code'], 'DENYLIST_BAD_CONTENT');
  }
  assert.is(await code('zoe'), 'PERMISSION_DENIED');
});

test('stops reading a list that is too large, however it is sent', async () => {
  await using server = await listServer('');
  server.answer = (_request, response) => {
    const more = () =>
      void (response.writable && response.write('a'.repeat(10_000), () => setImmediate(more)));
    more();
  };
  await using env = fakeEnv();
  const { ask } = await asking({ url: server.url, maxSize: 50_000 }, env);
  assert.is(env.logged.at(-1)?.fields['code'], 'DENYLIST_TOO_LARGE');
  assert.is(await failure(ask('zoe')), 'DENYLIST_UNAVAILABLE');
});

test('gives up a url that does not finish in time', async () => {
  await using server = await listServer('');
  server.answer = (_request, response) => void response.write('zoe\n');
  await using env = fakeEnv();
  const creating = asking({ url: server.url, timeout: '2s' }, env);
  await env.clock.advance(2_000, { wait: false });
  const { ask } = await creating;
  assert.is(env.logged.at(-1)?.fields['message'], 'the list was not read within 2000 ms');
  assert.is(await failure(ask('zoe')), 'DENYLIST_UNAVAILABLE');
});

test('a new configuration serves the last list although its url is down', async () => {
  await using server = await listServer('zoe');
  await using env = fakeEnv();
  await asking({ url: server.url }, env);
  server.answer = (_request, response) => void response.writeHead(503).end();
  await using next = env.reloaded();
  const { code } = await asking({ url: server.url, mode: 'allow' }, next);
  assert.is(await code('zoe'), 'OK');
  assert.is(await code('bob'), 'PERMISSION_DENIED');
});

test('does not write credentials of a url into the log', async () => {
  await using env = fakeEnv();
  await asking({ url: 'http://127.0.0.1:9/list?token=secret' }, env);
  assert.not(JSON.stringify(env.logged).includes('secret'));
});

test('reads a file again and notices its changes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'denylist-'));
  const file = join(folder, 'list.txt');
  try {
    await using env = fakeEnv();
    const { ask, code } = await asking({ file, refresh: '1s', expiry: '10s' }, env);
    assert.is(await failure(ask('zoe')), 'DENYLIST_UNAVAILABLE');
    await writeFile(file, 'zoe\n');
    await env.clock.advance(1000);
    assert.is(await code('zoe'), 'PERMISSION_DENIED');
    await env.clock.advance(1000);
    assert.is(env.changes, 1);
    await writeFile(file, 'ann\n');
    await env.clock.advance(1000);
    assert.is(await code('zoe'), 'OK');
    assert.is(env.changes, 2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('follows links to its file, and refuses at once what is no file, such as a pipe that nobody writes to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'denylist-'));
  const [file, link, pipe] = [join(folder, 'list.txt'), join(folder, 'link'), join(folder, 'pipe')];
  try {
    await writeFile(file, 'zoe\n');
    await symlink('list.txt', link);
    execFileSync('mkfifo', [pipe]);
    await using env = fakeEnv();
    const { code } = await asking({ file: link }, env);
    assert.is(await code('zoe'), 'PERMISSION_DENIED');
    const { ask } = await asking({ file: pipe }, env);
    const { code: why, message } = env.logged.at(-1)?.fields ?? {};
    assert.equal([why, message], ['DENYLIST_UNREADABLE', 'the file is a pipe; allowed: a regular file']);
    assert.is(await failure(ask('zoe')), 'DENYLIST_UNAVAILABLE');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
