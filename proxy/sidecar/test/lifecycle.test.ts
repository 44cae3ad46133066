import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { silentLog } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createSidecar } from '../src/index.ts';
import { eventually, exchangeRaw, mesh, peerKey, portOf, wallClock } from './mesh.ts';

const test = suite('the life of a sidecar');

test('routes by host, endpoints taking turns', async () => {
  const answers: string[] = [];
  await using it = await mesh((_, response) => response.end('ratings'));
  it.registry.setEndpoint('reviews-v1', it.sidecar.addresses.inbound);
  for (const host of ['ratings', 'RATINGS.shop:9080', 'reviews']) {
    const answer = await exchangeRaw(
      it.outbound,
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    answers.push(answer.slice(9, 12));
  }
  assert.equal(answers, ['200', '200', '200']);
  await eventually(() => it.reports.length === 6);
  const outbound = it.reports.filter(bag => bag.get('context.reporter.kind') === 'outbound');
  assert.equal(
    outbound.map(bag => bag.get('destination.workload.name')),
    ['ratings-v1', 'ratings-v1', 'reviews-v1'],
  );
  assert.equal(
    outbound.map(bag => bag.get('source.workload.name')),
    ['ratings-v1', 'ratings-v1', 'ratings-v1'],
  );
  assert.is(it.checked.length, 3, 'checked at the destination only');
});

test('answers 404 for a host that nobody declares, 503 for a service without endpoints', async () => {
  await using it = await mesh((_, response) => response.end());
  const unknown = await exchangeRaw(
    it.outbound,
    'GET / HTTP/1.1\r\nHost: nobody\r\nConnection: close\r\n\r\n',
  );
  assert.match(unknown, /^HTTP\/1\.1 404 [\s\S]*no service is called "nobody"\n$/);
  const idle = await exchangeRaw(it.outbound, 'GET / HTTP/1.1\r\nHost: idle\r\nConnection: close\r\n\r\n');
  assert.match(idle, /^HTTP\/1\.1 503 [\s\S]*service "idle" has no endpoint\n$/);
  await eventually(() => it.reports.length === 2);
  assert.equal(
    it.reports.map(bag => bag.get('context.proxy_error_code')),
    ['NR', 'UH'],
  );
});

test('drains: accepts no more, finishes what is under way, closes what is idle', async () => {
  let answer: (() => void) | undefined;
  await using it = await mesh((incoming, response) => {
    if (incoming.url === '/slow') answer = () => response.end('finished');
    else response.end('quick');
  });
  const agent = new Agent({ keepAlive: true });
  const idle = request({ port: it.inbound, agent });
  idle.end();
  const [quick] = await once(idle, 'response');
  quick.resume();
  await once(quick, 'end');
  const slow = fetch(`http://127.0.0.1:${it.inbound}/slow`);
  await eventually(() => answer !== undefined);
  const drained = it.sidecar.drain(5_000);
  await new Promise(resolve => setImmediate(resolve));
  const [error] = await once(connect(it.inbound, '127.0.0.1'), 'error');
  assert.is(error.code, 'ECONNREFUSED');
  answer?.();
  const response = await slow;
  assert.is(response.headers.get('connection'), 'close');
  assert.is(await response.text(), 'finished');
  await drained;
  assert.is(it.reports.length, 2, 'the last reports are handed over');
  assert.equal(it.registry.endpoints(it.registry.serviceByHost('ratings') as never), []);
  agent.destroy();
});

test('drops what is not done when the time to drain is over', async () => {
  await using it = await mesh(() => {});
  const hanging = exchangeRaw(it.inbound, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n').catch(error => error.code);
  await eventually(() => it.sidecar.statistics().inbound.active === 1);
  await it.sidecar.drain(30);
  await hanging;
  assert.is(it.sidecar.statistics().inbound.active, 0);
});

test('leaves no socket and no timer behind', async () => {
  const before = open();
  {
    await using it = await mesh((_, response) => response.end('ok'));
    await Promise.all(
      Array.from({ length: 20 }, () => exchangeRaw(it.inbound, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'ok')),
    );
    await exchangeRaw(it.outbound, 'GET / HTTP/1.1\r\nHost: ratings\r\n\r\n', 'ok');
    assert.ok(open() > before);
  }
  await eventually(() => open() <= before, `${process.getActiveResourcesInfo()}: as few as before`);
});

function open(): number {
  return process.getActiveResourcesInfo().filter(what => /TCP|Immediate/.test(what)).length;
}

test('holds a large body back to the pace of its reader, in both directions', async () => {
  const size = 64 * 1024 * 1024;
  const piece = Buffer.alloc(65_536, 'x');
  await using it = await mesh((incoming, response) => void incoming.pipe(response));
  const call = request({ port: it.inbound, method: 'POST', headers: { 'content-length': size } });
  let sent = 0;
  let stalled = false;
  const pump = () => {
    stalled = false;
    while (sent < size) {
      sent += piece.length;
      if (!call.write(piece)) {
        stalled = true;
        return void call.once('drain', pump);
      }
    }
    call.end();
  };
  pump();
  const [response] = await once(call, 'response');
  await eventually(() => stalled, 'a standstill');
  for (let before = -1; before !== sent; await new Promise(resolve => setTimeout(resolve, 100)))
    before = sent;
  assert.ok(sent < size / 2, `${sent} of ${size} bytes were taken although nobody reads`);

  let received = 0;
  for await (const part of response) received += part.length;
  assert.is(received, size);
  await eventually(() => it.reports.length === 1);
  assert.is(it.reports[0]?.get('request.size'), size);
  assert.is(it.reports[0]?.get('response.size'), size);
});

test('says which workload is unknown, and which port is taken', async () => {
  await using it = await mesh((_, response) => response.end());
  const options = { registry: it.registry, mixer: it.mixer, peerKey, log: silentLog, clock: wallClock };
  await rejects(() => createSidecar({ ...options, workload: 'ratings-v9' }), 'PROXY_UNKNOWN_WORKLOAD');
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  await rejects(
    () => createSidecar({ ...options, workload: 'ratings-v1', outbound: { port: portOf(taken) } }),
    'PROXY_PORT_IN_USE',
  );
  await new Promise(resolve => taken.close(resolve));
});

async function rejects(attempt: () => Promise<unknown>, code: string): Promise<void> {
  const error = await attempt().then(
    () => undefined,
    reason => reason,
  );
  assert.is(error?.code, code);
}

test.run();
