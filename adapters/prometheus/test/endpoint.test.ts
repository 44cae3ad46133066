import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createScrapeEndpoints } from '../src/scrape-endpoint.ts';
import { scraped, shape } from './scrape.ts';

const test = suite('prometheus endpoint');
const counter = { instance: 'requests', name: 'requests_total', kind: 'counter' };

/** Environments of two handlers in one process. */
function together(first = 'first', second = 'second') {
  const { log, logged } = fakeEnv();
  const services = { endpoints: createScrapeEndpoints(log) };
  const env = (handler: string) => fakeEnv({ handler, instances: [shape()], services });
  return { first: env(first), second: env(second), logged, services };
}

const codeOf = (error: { code?: string }) => error.code;

test('shares one socket and one page between handlers, and says where it listens', async () => {
  const { first, second, logged } = together();
  await using one = await scraped({ metrics: [counter], env: first });
  await using two = await scraped({ metrics: [{ ...counter, name: 'other_total' }], env: second });
  one.tell(1);
  two.tell(2);
  assert.is(one.address(), two.address());
  assert.is(await one.value('krater_requests_total'), 1);
  assert.is(await one.value('krater_other_total'), 2);
  assert.equal(
    logged.map(({ fields }) => `${fields['event']} ${fields['what']} ${fields['address']}/metrics`),
    [`listening prometheus ${one.address()}`],
  );
});

test('adds up a metric that two handlers define alike', async () => {
  const { first, second } = together();
  await using one = await scraped({ metrics: [counter], env: first });
  await using two = await scraped({ metrics: [counter], env: second });
  one.tell(1);
  two.tell(2);
  assert.is(await one.value('krater_requests_total'), 3);
  assert.is((await one.scrape()).match(/# TYPE krater_requests_total/g)?.length, 1);
});

test('refuses a metric that another handler defines in another way', async () => {
  const { first, second } = together();
  await using one = await scraped({ metrics: [counter], env: first });
  const code = await scraped({ metrics: [{ ...counter, kind: 'gauge' }], env: second }).then(String, codeOf);
  assert.is(code, 'PROMETHEUS_METRIC_CONFLICT');
  one.tell(1);
  assert.is(await one.value('krater_requests_total'), 1);
});

test('keeps port and values over a reload that changes another metric, and drops what is gone', async () => {
  const gauge = { ...counter, name: 'level', kind: 'gauge' };
  const gone = { ...counter, name: 'gone' };
  const before = await scraped({ metrics: [counter, gauge, gone] });
  before.tell(5);
  const address = before.address();
  const after = await scraped({
    metrics: [counter, { ...gauge, help: 'now with a text' }],
    env: before.env.reloaded(),
  });
  after.tell(1);
  await before[Symbol.asyncDispose]();
  assert.is(after.address(), address);
  assert.is(await after.value('krater_requests_total'), 6);
  assert.is(await after.value('krater_level'), 1);
  assert.is(await after.value('krater_gone'), undefined);
  await after[Symbol.asyncDispose]();
  assert.equal(after.env.endpoints.addresses(), []);
});

test('goes on as before when a reload is refused', async () => {
  await using before = await scraped({ metrics: [counter] });
  before.tell(1);
  const env = before.env.reloaded();
  const code = await scraped({ metrics: [{ ...counter, labels: ['nobody'] }], env }).then(String, codeOf);
  assert.is(code, 'PROMETHEUS_BAD_LABEL');
  before.tell(1);
  assert.is(await before.value('krater_requests_total'), 2);
});

test('names the setting to change when the port is in use, and leaves nothing open', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => squatter.once('listening', resolve));
  const { port } = squatter.address() as AddressInfo;
  const { first } = together();
  const error = await scraped({ metrics: [counter], endpoint: { port }, env: first }).then(
    String,
    error => error,
  );
  assert.is(error.code, 'PROMETHEUS_PORT_IN_USE');
  assert.is(error.message, `port ${port} on 127.0.0.1 is in use`);
  assert.match(error.hint, 'endpoint.port');
  squatter.close();
});

test('answers GET and HEAD of its path only', async () => {
  await using one = await scraped({ metrics: [counter] });
  const status = async (path: string, method: string) =>
    (await fetch(new URL(path, one.address()), { method })).status;
  assert.is(await status('/metrics?x=1', 'GET'), 200);
  assert.is(await status('/metrics', 'HEAD'), 200);
  assert.is(await status('/metrics', 'POST'), 405);
  assert.is(await status('/', 'GET'), 404);
});

test('compresses for those who can read it', async () => {
  await using one = await scraped({ metrics: [counter] });
  const raw = (accept: string) =>
    new Promise<{ coding: string | undefined; body: Buffer }>((resolve, reject) => {
      request(one.address(), { headers: { 'accept-encoding': accept } }, async response => {
        const body = Buffer.concat(await response.toArray());
        resolve({ coding: response.headers['content-encoding'], body });
      })
        .on('error', reject)
        .end();
    });
  const zipped = await raw('deflate, gzip;q=0.5');
  assert.is(zipped.coding, 'gzip');
  assert.match(gunzipSync(zipped.body).toString(), 'krater_requests_total 0');
  assert.is((await raw('gzip;q=0')).coding, undefined);
  assert.is((await raw('identity')).coding, undefined);
});

test.run();
