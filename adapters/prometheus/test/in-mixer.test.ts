import { createMixer, type Mixer, silentLog } from '@krater/mixer';
import { freePort } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import prometheus from '../src/index.ts';

const test = suite('prometheus in a mixer');

const handler = (name: string, endpoint: string, help: string) => `
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: ${name} }
spec:
  adapter: prometheus
  params:
    endpoint: ${endpoint}
    metrics:
    - { instance: requests, name: requests_total, kind: counter, labels: [path], help: '${help}' }
    - { instance: level, name: level, kind: gauge, labels: [path] }
    - { instance: requests, name: size, kind: histogram, buckets: { explicit: [1, 2] } }
`;
const configuration = (one: string, two: string, help = 'requests') => `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: metrics }
spec:
  match: "true"
  actions:
  - { handler: one, instances: [requests, level] }
  - { handler: two, instances: [requests, level] }
---
apiVersion: krater.dev/v1
kind: Instance
metadata: { name: requests }
spec: { template: metric, params: { value: 1, dimensions: { path: request.path } } }
---
apiVersion: krater.dev/v1
kind: Instance
metadata: { name: level }
spec: { template: metric, params: { value: request.size, dimensions: { path: request.path } } }
---${handler('one', one, help)}---${handler('two', two, help)}`;

/** The lines of a page that are no comments. */
async function page(port: number, path = '/metrics'): Promise<string[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

const tell = (mixer: Mixer, path: string, size: number) =>
  mixer.report([mixer.bag().put('request.path', path).put('request.size', size)]);

test('keeps all series when host, port or path of the endpoint change, and closes the old one', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const elsewhere = `{ port: ${await freePort()} }`;
  const mixer = await createMixer({
    config: configuration(`{ port: ${first} }`, elsewhere),
    adapters: [prometheus],
    log: silentLog,
  });
  try {
    await tell(mixer, '/a', 7);
    await tell(mixer, '/b', 8);
    const before = await page(first);
    assert.ok(before.includes('krater_requests_total{path="/a"} 1'), before.join('\n'));
    for (const [endpoint, port, path] of [
      [`{ port: ${second} }`, second, '/metrics'],
      [`{ port: ${second}, path: /other }`, second, '/other'],
      [`{ port: ${first}, path: /other, host: localhost }`, first, '/other'],
      [`{ port: ${second} }`, second, '/metrics'],
    ] as const) {
      const { accepted, problems } = await mixer.reload(configuration(endpoint, elsewhere));
      assert.ok(accepted, problems.map(({ message }) => message).join('; '));
      assert.equal(await page(port, path), before, endpoint);
    }
    await tell(mixer, '/a', 9);
    assert.ok((await page(second)).includes('krater_requests_total{path="/a"} 2'));
    assert.ok((await page(second)).includes('krater_level{path="/a"} 9'));
    assert.is(await page(first).catch(() => 'closed'), 'closed');
  } finally {
    await mixer.close();
  }
});

test('adds up on one page what handlers counted on two', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const mixer = await createMixer({
    config: configuration(`{ port: ${first} }`, `{ port: ${second} }`),
    adapters: [prometheus],
    log: silentLog,
  });
  try {
    await tell(mixer, '/a', 7);
    assert.ok((await mixer.reload(configuration(`{ port: ${first} }`, `{ port: ${first} }`))).accepted);
    await tell(mixer, '/a', 8);
    const lines = await page(first);
    assert.ok(lines.includes('krater_requests_total{path="/a"} 4'), lines.join('\n'));
    assert.ok(lines.includes('krater_level{path="/a"} 8'), lines.join('\n'));
    assert.ok(lines.includes('krater_size_bucket{le="1"} 4'), lines.join('\n'));
  } finally {
    await mixer.close();
  }
});

test.run();
