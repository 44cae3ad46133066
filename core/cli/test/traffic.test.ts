import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startTraffic } from '../src/up/traffic.ts';

const test = suite('traffic');

test('sends requests as different users in turn, and counts the answers', async () => {
  const users: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    users.push(request.headers['user'] as string | undefined);
    response.writeHead(users.length === 2 ? 429 : 200).end('x'.repeat(1000));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/productpage`;
  const traffic = startTraffic({ url, rate: 100, users: ['ann', 'bob'] });
  while (users.length < 4) await new Promise(resolve => setTimeout(resolve, 10));
  await traffic.stop();
  // Each goes on a connection of its own, so one may overtake another.
  const share = users.filter(user => user === 'ann').length / users.length;
  assert.ok(users.every(user => user === 'ann' || user === 'bob'));
  assert.ok(share > 0.25 && share < 0.75, users.join(' '));
  assert.is(traffic.answers['429'], 1);
  assert.ok((traffic.answers['200'] ?? 0) >= 2);
  server.close();
});

test('a page that does not answer is counted and does not pile up requests', async () => {
  const traffic = startTraffic({ url: 'http://127.0.0.1:9/', rate: 100, users: [] });
  while ((traffic.answers['failed'] ?? 0) < 3) await new Promise(resolve => setTimeout(resolve, 10));
  await traffic.stop();
});

test.run();
