import { once } from 'node:events';
import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, exchangeRaw, mesh } from './mesh.ts';

const test = suite('forwarding');

test('brings a request to the application and its response back', async () => {
  await using it = await mesh((incoming, response) => {
    let body = '';
    incoming.on('data', piece => (body += piece));
    incoming.on('end', () => {
      response.setHeader('x-answer', 'yes');
      response.end(`${incoming.method} ${incoming.url} ${body}`);
    });
  });
  const response = await fetch(`http://127.0.0.1:${it.inbound}/a?b=c`, { method: 'POST', body: 'hello' });
  assert.is(response.status, 200);
  assert.is(response.headers.get('x-answer'), 'yes');
  assert.is(await response.text(), 'POST /a?b=c hello');
});

test('keeps connections to the application', async () => {
  const sockets = new Set<unknown>();
  await using it = await mesh((incoming, response) => {
    sockets.add(incoming.socket);
    response.end('ok');
  });
  for (let turn = 0; turn < 5; turn++)
    assert.is(await (await fetch(`http://127.0.0.1:${it.inbound}/`)).text(), 'ok');
  assert.is(sockets.size, 1);
});

test('streams a chunked body with trailers both ways', async () => {
  await using it = await mesh((incoming, response) => {
    response.setHeader('trailer', 'x-sum');
    incoming.on('data', piece => response.write(piece));
    incoming.on('end', () => {
      response.addTrailers({ 'x-sum': String(incoming.trailers['x-in']) });
      response.end();
    });
  });
  const answer = await exchangeRaw(
    it.inbound,
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: x-in\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nx-in: 7\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /abc[\s\S]*defg[\s\S]*0\r\nx-sum: 7\r\n\r\n$/);
});

test('answers HEAD, 204 and 304 without a body and leaves the connection usable', async () => {
  await using it = await mesh((incoming, response) => {
    if (incoming.url === '/204') response.writeHead(204).end();
    else if (incoming.url === '/304') response.writeHead(304, { etag: '"x"', 'content-length': '10' }).end();
    else
      response
        .writeHead(200, { 'content-length': '10' })
        .end(incoming.method === 'HEAD' ? undefined : '0123456789');
  });
  const answer = await exchangeRaw(
    it.inbound,
    'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  assert.equal(answer.match(/HTTP\/1\.1 \d+/g), [
    'HTTP/1.1 200',
    'HTTP/1.1 204',
    'HTTP/1.1 304',
    'HTTP/1.1 200',
  ]);
  assert.is(answer.split('0123456789').length, 2);
  assert.is(answer.match(/content-length: 10/gi)?.length, 3);
});

test('passes on no hop-by-hop fields, not even those that Connection names, and hides them from policy', async () => {
  let seen: NodeJS.Dict<string | string[]> = {};
  await using it = await mesh((incoming, response) => {
    seen = incoming.headers;
    response
      .writeHead(200, ['Connection', 'x-hop', 'X-Hop', '1', 'X-End', '2', 'Keep-Alive', 'timeout=9'])
      .end();
  });
  const answer = await exchangeRaw(
    it.inbound,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, user\r\nuser: zoe\r\nTE: gzip\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nx-krater-anything: 1\r\nX_Krater_Peer: 1\r\nx-istio-attributes: x\r\nx-stays: 1\r\n\r\n',
  );
  for (const name of [
    'user',
    'te',
    'keep-alive',
    'proxy-connection',
    'upgrade',
    'x-krater-anything',
    'x_krater_peer',
    'x-istio-attributes',
  ]) {
    assert.is(seen[name], undefined, name);
  }
  assert.is(seen['x-stays'], '1');
  assert.not.match(answer, /x-hop/i);
  assert.match(answer, /X-End: 2/);
  await eventually(() => it.reports.length === 1);
  const headers = it.reports[0]?.get('request.headers') as Record<string, string>;
  assert.is(headers.user, undefined);
  assert.is(headers['x-krater-anything'], undefined);
});

test('lets a 100 from the application through to a client that waits for it', async () => {
  await using it = await mesh((incoming, response) => {
    incoming.resume().on('end', () => response.end('done'));
  });
  const call = request({
    port: it.inbound,
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 4 },
  });
  call.flushHeaders();
  await once(call, 'continue');
  call.end('body');
  const [response] = await once(call, 'response');
  assert.is(response.statusCode, 200);
  response.resume();
  await once(response, 'end');
});

test("destroys the application's request when the client goes", async () => {
  let gone = false;
  await using it = await mesh((_incoming, response) => void response.on('close', () => (gone = true)), {});
  const call = request({ port: it.inbound });
  call.on('error', () => {});
  call.end();
  await eventually(() => it.sidecar.statistics().inbound.active === 1);
  call.destroy();
  await eventually(() => gone && it.reports.length === 1);
  assert.is(it.reports[0]?.get('context.proxy_error_code'), 'DC');
  assert.is(it.reports[0]?.get('response.code'), 499);
});

test("breaks the client's connection off when the application breaks off in the middle", async () => {
  await using it = await mesh((_incoming, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  const answer = await exchangeRaw(it.inbound, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match(answer, /half$/);
  await eventually(() => it.reports.length === 1);
  assert.is(it.reports[0]?.get('context.proxy_error_code'), 'UC');
});

test('answers 502 when the application closes before it answers, 503 when nobody listens', async () => {
  await using it = await mesh((incoming, _response) => void incoming.socket.destroy());
  const reset = await fetch(`http://127.0.0.1:${it.inbound}/`);
  assert.is(reset.status, 502);
  assert.is(await reset.text(), 'the upstream closed the connection before it answered\n');
  it.registry.setApplication('ratings-v1', { host: '127.0.0.1', port: 1 });
  const unreachable = await fetch(`http://127.0.0.1:${it.inbound}/`, {
    headers: { accept: 'application/json' },
  });
  assert.is(unreachable.status, 503);
  assert.equal(await unreachable.json(), {
    code: 503,
    reason: 'UPSTREAM_UNREACHABLE',
    message: 'no connection to the upstream',
  });
  await eventually(() => it.reports.length === 2);
  assert.equal(
    it.reports.map(bag => bag.get('context.proxy_error_code')),
    ['UC', 'UF'],
  );
});

test('sends a request again, once, when a kept connection turns out to be stale', async () => {
  let calls = 0;
  await using it = await mesh((incoming, response) => {
    calls++;
    if (calls === 2) incoming.socket.destroy();
    else response.end('ok');
  });
  assert.is((await fetch(`http://127.0.0.1:${it.inbound}/`)).status, 200);
  assert.is((await fetch(`http://127.0.0.1:${it.inbound}/`)).status, 200);
  assert.is(calls, 3);
  assert.is(it.sidecar.statistics().inbound.retries, 1);
});

test('never sends a request with a body twice', async () => {
  let calls = 0;
  await using it = await mesh((incoming, response) => {
    calls++;
    if (calls === 2) incoming.socket.destroy();
    else response.end('ok');
  });
  await (await fetch(`http://127.0.0.1:${it.inbound}/`)).text();
  assert.is((await fetch(`http://127.0.0.1:${it.inbound}/`, { method: 'PUT', body: 'x' })).status, 502);
  assert.is(calls, 2);
});

test('opens no more connections to an application than it may, and says so', async () => {
  const answers: (() => void)[] = [];
  await using it = await mesh((_incoming, response) => void answers.push(() => response.end('ok')), {
    limits: { maxUpstreamConnections: 2 },
  });
  const calls = [1, 2, 3].map(() => fetch(`http://127.0.0.1:${it.inbound}/`));
  const first = await Promise.race(calls);
  assert.is(first.status, 503);
  assert.is(await first.text(), 'too many connections to the upstream\n');
  await eventually(() => answers.length === 2);
  for (const answer of answers) answer();
  assert.equal((await Promise.all(calls)).map(({ status }) => status).sort(), [200, 200, 503]);
});

test('serves clients that speak HTTP/1.0', async () => {
  await using it = await mesh((_incoming, response) => {
    response.write('a');
    response.end('b');
  });
  const answer = await exchangeRaw(it.inbound, 'GET / HTTP/1.0\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\n\r\nab$/);
  assert.not.match(answer, /chunked/i);
});

test.run();
