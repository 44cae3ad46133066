import { once } from 'node:events';
import { deny } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually, exchangeRaw, type Mesh, mesh } from './mesh.ts';

const test = suite('WebSocket');

const handshake =
  'GET /chat HTTP/1.1\r\nHost: ratings\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

function echoing(it: Mesh): WebSocketServer {
  const server = new WebSocketServer({ server: it.application });
  server.on('connection', socket =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  return server;
}

test('lets both sides talk, small and large, and reports the bytes at the end', async () => {
  await using it = await mesh((_, response) => response.end());
  echoing(it);
  const socket = new WebSocket(`ws://127.0.0.1:${it.inbound}/chat`);
  await once(socket, 'open');
  socket.send('hello');
  assert.is(String((await once(socket, 'message'))[0]), 'hello');
  const large = Buffer.alloc(3_000_000, 'x');
  socket.send(large);
  assert.ok(large.equals((await once(socket, 'message'))[0]));
  assert.is(it.reports.length, 0, 'not before the end');
  socket.close();
  await once(socket, 'close');
  await eventually(() => it.reports.length === 1);
  const [bag] = it.reports;
  assert.is(bag?.get('response.code'), 101);
  assert.ok(Number(bag?.get('connection.received.bytes_total')) > 3_000_000);
  assert.ok(Number(bag?.get('connection.sent.bytes_total')) > 3_000_000);
  assert.is(bag?.get('context.proxy_error_code'), '-');
});

test('goes through the outbound side too', async () => {
  await using it = await mesh((_, response) => response.end());
  echoing(it);
  const socket = new WebSocket(`ws://127.0.0.1:${it.outbound}/chat`, { headers: { host: 'ratings' } });
  await once(socket, 'open');
  socket.send('over two hops');
  assert.is(String((await once(socket, 'message'))[0]), 'over two hops');
  socket.terminate();
  await eventually(() => it.reports.length === 2);
});

test('is checked like any request', async () => {
  await using it = await mesh((_, response) => response.end(), {
    script: { check: () => deny('no chatting') },
  });
  const server = echoing(it);
  const answer = await exchangeRaw(it.inbound, handshake);
  assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(answer, /connection: close\r\n/i);
  assert.match(answer, /no chatting\n$/);
  assert.is(server.clients.size, 0);
  await eventually(() => it.reports.length === 1);
  assert.is(it.reports[0]?.get('response.code'), 403);
});

test('passes on the answer of an application that does not upgrade', async () => {
  await using it = await mesh((_, response) => response.writeHead(426, { 'content-length': 2 }).end('no'));
  const answer = await exchangeRaw(it.inbound, handshake);
  assert.match(answer, /^HTTP\/1\.1 426 /);
  assert.match(answer, /\r\n\r\nno$/);
});

test('is refused behind a request that is not answered yet', async () => {
  await using it = await mesh(() => {});
  await exchangeRaw(it.inbound, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake}`);
  assert.is(it.sidecar.statistics().inbound.malformed, 1);
});

test('is closed on the one side when the other closes', async () => {
  await using it = await mesh((_, response) => response.end());
  const server = echoing(it);
  const socket = new WebSocket(`ws://127.0.0.1:${it.inbound}/`);
  await once(socket, 'open');
  for (const client of server.clients) client.terminate();
  await once(socket, 'close');
  const other = new WebSocket(`ws://127.0.0.1:${it.inbound}/`);
  await once(other, 'open');
  other.terminate();
  await eventually(() => server.clients.size === 0);
  await eventually(() => it.sidecar.statistics().inbound.active === 0);
});

test.run();
