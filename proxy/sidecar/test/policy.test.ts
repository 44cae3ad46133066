import { allow, deny, grant, refuse } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyHeaderOperations } from '../src/http/header-operations.ts';
import { eventually, mesh } from './mesh.ts';

const test = suite('policy');

test('refuses before the application is bothered, with the status that the code maps to', async () => {
  let bothered = false;
  await using it = await mesh(
    (_, response) => {
      bothered = true;
      response.end();
    },
    {
      script: { check: () => deny('not for you') },
    },
  );
  const response = await fetch(`http://127.0.0.1:${it.inbound}/`);
  assert.is(response.status, 403);
  assert.is(await response.text(), 'not for you\n');
  assert.is(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.ok(
    it.mixer.decision(response.headers.get('x-krater-decision') ?? ''),
    'the decision can be looked up',
  );
  assert.not(bothered);
});

test('answers in JSON where the caller prefers it', async () => {
  await using it = await mesh((_, response) => response.end(), {
    script: { check: () => deny('who are you', 'UNAUTHENTICATED') },
  });
  const url = `http://127.0.0.1:${it.inbound}/`;
  for (const accept of [
    'application/json',
    'text/plain;q=0.5, application/json',
    'application/problem+json',
  ]) {
    const response = await fetch(url, { headers: { accept } });
    assert.equal(
      await response.json(),
      { code: 401, reason: 'UNAUTHENTICATED', message: 'who are you' },
      accept,
    );
  }
  for (const accept of ['*/*', 'text/html, application/json;q=0.9', 'application/json;q=0']) {
    assert.is(await (await fetch(url, { headers: { accept } })).text(), 'who are you\n', accept);
  }
});

test('tells a caller over its quota when to come again, in whole seconds', async () => {
  const standing = { limit: 5, remaining: 0, resetAfter: 1_200 };
  await using it = await mesh((_, response) => response.end(), {
    script: { quota: () => refuse('too many requests', { retryAfter: 340, standing }) },
  });
  const response = await fetch(`http://127.0.0.1:${it.inbound}/`);
  assert.is(response.status, 429);
  assert.is(response.headers.get('retry-after'), '1');
  assert.is(response.headers.get('ratelimit-limit'), '5');
  assert.is(response.headers.get('ratelimit-remaining'), '0');
  assert.is(response.headers.get('ratelimit-reset'), '2');
});

test('tells a caller within its quota where it stands', async () => {
  await using it = await mesh((_, response) => response.end('ok'), {
    script: { quota: () => grant(1, { limit: 5, remaining: 4, resetAfter: 900 }) },
  });
  const response = await fetch(`http://127.0.0.1:${it.inbound}/`);
  assert.is(response.status, 200);
  assert.is(response.headers.get('ratelimit-remaining'), '4');
  assert.is(response.headers.get('retry-after'), null);
});

test('applies header operations, but none that would split the message', async () => {
  let seen: NodeJS.Dict<string | string[]> = {};
  const operation = (name: string, value: string, kind = 'replace') =>
    `  - { name: ${name}, values: ['${value}'], operation: ${kind} }`;
  await using it = await mesh(
    (incoming, response) => {
      seen = incoming.headers;
      response.writeHead(200, { 'x-secret': '1', 'x-kept': '2' }).end('ok');
    },
    {
      script: {
        rule: [
          '  requestHeaderOperations:',
          operation('x-tenant', '"shop"'),
          operation('x-many', '"two"', 'append'),
          '  - { name: x-remove, operation: remove }',
          operation('x-request-id', '"mine"'),
          operation('x-split', 'request.query_params["v"] | "none"'),
          '  responseHeaderOperations:',
          operation('x-added', '"yes"'),
          '  - { name: x-secret, operation: remove }',
        ].join('\n'),
      },
    },
  );
  const response = await fetch(`http://127.0.0.1:${it.inbound}/?v=a%0d%0ax-injected:1`, {
    headers: { 'x-many': 'one', 'x-remove': '1', 'x-tenant': 'other' },
  });
  assert.is(response.status, 200);
  assert.is(response.headers.get('x-added'), 'yes');
  assert.is(response.headers.get('x-secret'), null);
  assert.is(response.headers.get('x-kept'), '2');
  assert.is(seen['x-tenant'], 'shop');
  assert.is(seen['x-many'], 'one, two');
  assert.is(seen['x-remove'], undefined);
  assert.is(seen['x-request-id'], 'mine');
  for (const name of ['x-split', 'x-injected']) assert.is(seen[name], undefined, name);
});

test('trusts no Mixer with the framing or the route of a message', () => {
  const headers = ['x-kept', '1'];
  const replace = (name: string, value: string) => ({ operation: 'replace', name, value }) as const;
  const refused = applyHeaderOperations(headers, [
    replace('host', 'evil'),
    replace('content-length', '5'),
    replace('transfer-encoding', 'chunked'),
    replace('connection', 'x-kept'),
    replace('x-krater-peer', 'forged'),
    replace('x-split', 'a\r\nx-injected: 1'),
    replace('bad name', '1'),
    replace('x-wide', '\u20ac'),
    { operation: 'remove', name: 'host', value: '' },
    replace('x-good', 'yes'),
  ]);
  assert.is(refused, 9);
  assert.equal(headers, ['x-kept', '1', 'x-good', 'yes']);
});

test("gives a direct response instead of the application's, without fields that frame it", async () => {
  await using it = await mesh((_, response) => response.end('application'), {
    script: {
      check: () =>
        deny('moved', 'PERMISSION_DENIED', {
          directResponse: {
            code: 302,
            body: 'over there',
            headers: { location: '/login', 'content-length': '999', 'x-bad': 'a\r\nb: c' },
          },
        }),
    },
  });
  const response = await fetch(`http://127.0.0.1:${it.inbound}/`, { redirect: 'manual' });
  assert.is(response.status, 302);
  assert.is(response.headers.get('location'), '/login');
  assert.is(response.headers.get('x-bad'), null);
  assert.is(await response.text(), 'over there');
});

test('waits for an answer that comes later, and aborts the question when the caller goes', async () => {
  let open: (() => void) | undefined;
  const opened = new Promise<void>(resolve => (open = resolve));
  await using it = await mesh((_, response) => response.end('ok'), {
    script: { check: () => opened.then(() => allow()) },
  });
  const controller = new AbortController();
  const first = fetch(`http://127.0.0.1:${it.inbound}/`, { signal: controller.signal }).catch(
    error => error.name,
  );
  const second = fetch(`http://127.0.0.1:${it.inbound}/`);
  await eventually(() => it.checked.length === 2);
  const signals = it.checked.map(({ signal }) => signal);
  controller.abort();
  assert.is(await first, 'AbortError');
  await eventually(() => it.reports.length === 1);
  assert.equal(signals.filter(signal => signal?.aborted).length, 1);
  open?.();
  assert.is(await (await second).text(), 'ok');
});

test('checks and reports in the namespace of the destination', async () => {
  await using it = await mesh((_, response) => response.end());
  await fetch(`http://127.0.0.1:${it.inbound}/`);
  await eventually(() => it.reports.length === 1);
  assert.is(it.checked[0]?.namespace, 'shop');
  assert.equal(it.namespaces, ['shop']);
});

test('reports a refusal with what the caller really got', async () => {
  await using it = await mesh((_, response) => response.end(), {
    script: { check: () => deny('no', 'UNAVAILABLE') },
  });
  await fetch(`http://127.0.0.1:${it.inbound}/`);
  await eventually(() => it.reports.length === 1);
  const [bag] = it.reports;
  assert.is(bag?.get('response.code'), 503);
  assert.is(bag?.get('response.size'), 3);
  assert.is(bag?.get('check.error_code'), 14);
  assert.match(String(bag?.get('check.error_message')), /no$/);
});

test.run();
