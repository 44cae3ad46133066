import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startAdmin } from '../src/serve/admin-server.ts';
import { refusal } from './refusal.ts';

const test = suite('admin server');
const pages = {
  pages: {
    status: () => ({ rules: 12345678901234567890n }),
    metrics: async () => 'krater_checks_total 1\n',
    decisions: (id: string) => (id === '' ? [{ id: 'a.1' }] : id === 'a.1' ? { id } : undefined),
  },
  unready: () => undefined,
};

function get(port: number, path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, method }, response => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', part => (body += part))
        .on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('answers status, metrics and health on loopback', async () => {
  const admin = await startAdmin(pages, { host: '127.0.0.1', port: 0, token: undefined });
  assert.equal(await get(admin.port, '/status'), { status: 200, body: '{"rules":12345678901234567890}\n' });
  assert.equal(await get(admin.port, '/metrics?x=1'), { status: 200, body: 'krater_checks_total 1\n' });
  assert.equal(await get(admin.port, '/healthz'), { status: 200, body: 'ok\n' });
  assert.is((await get(admin.port, '/other')).status, 404);
  assert.is((await get(admin.port, '/status', {}, 'POST')).status, 405);
  await admin.close();
});

test('answers one of many by what follows in the path', async () => {
  const admin = await startAdmin(pages, { host: '127.0.0.1', port: 0, token: undefined });
  assert.is((await get(admin.port, '/decisions')).body, '[{"id":"a.1"}]\n');
  assert.is((await get(admin.port, '/decisions/a.1')).body, '{"id":"a.1"}\n');
  const missing = await get(admin.port, '/decisions/a.2');
  assert.equal(missing, {
    status: 404,
    body: 'there are /status, /metrics, /decisions, /healthz, /readyz\n',
  });
  assert.is((await get(admin.port, '/__proto__')).status, 404);
  await admin.close();
});

test('says whether it serves, and why not, to whoever supervises it', async () => {
  let reason: string | undefined = 'the gRPC port is not open';
  const ailments: string[] = [];
  const admin = await startAdmin(
    { ...pages, unready: () => reason, ailments: () => ailments },
    { host: '127.0.0.1', port: 0, token: 'secret' },
  );
  assert.equal(await get(admin.port, '/readyz'), { status: 503, body: 'the gRPC port is not open\n' });
  reason = undefined;
  assert.equal(await get(admin.port, '/readyz'), { status: 200, body: 'ready\n' });
  ailments.push('handler a is broken: it is gone');
  const body = 'ready\nhandler a is broken: it is gone\n';
  assert.equal(await get(admin.port, '/readyz'), { status: 200, body });
  await admin.close();
});

test('does not answer a web page that has pointed its own name at 127.0.0.1', async () => {
  const admin = await startAdmin(pages, { host: '127.0.0.1', port: 0, token: undefined });
  assert.is((await get(admin.port, '/status', { host: 'evil.example' })).status, 403);
  assert.is((await get(admin.port, '/status', { host: `localhost:${admin.port}` })).status, 200);
  await admin.close();
});

test('asks for its token, when it has one, except for health', async () => {
  const admin = await startAdmin(pages, { host: '127.0.0.1', port: 0, token: 'secret' });
  assert.is((await get(admin.port, '/status')).status, 401);
  assert.is((await get(admin.port, '/metrics', { authorization: 'Bearer other' })).status, 401);
  assert.is((await get(admin.port, '/status', { authorization: 'Bearer secret' })).status, 200);
  assert.is((await get(admin.port, '/healthz')).status, 200);
  await admin.close();
});

test('does not start beyond loopback without a token', async () => {
  const { code } = await refusal(startAdmin(pages, { host: '0.0.0.0', port: 0, token: undefined }));
  assert.is(code, 'CLI_TOKEN_NEEDED');
});

test('a port in use is an error that names the flag', async () => {
  const first = await startAdmin(pages, { host: '127.0.0.1', port: 0, token: undefined });
  const error = await refusal(startAdmin(pages, { host: '127.0.0.1', port: first.port, token: undefined }));
  assert.is(error.code, 'CLI_PORT_IN_USE');
  assert.match(error.hint ?? '', '--admin-port');
  await first.close();
});

test.run();
