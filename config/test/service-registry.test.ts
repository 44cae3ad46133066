import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  buildService,
  createServiceRegistry,
  formatAddress,
  parseAddress,
  serviceSpec,
} from '../src/index.ts';

const test = suite('the service registry');

const ratings = () =>
  buildService(
    'ratings',
    'default',
    serviceSpec.parse({
      workloads: [
        { name: 'ratings-v1', labels: { app: 'ratings', __proto__x: 'y' }, address: '127.0.0.1:9081' },
        { name: 'ratings-v2', address: '127.0.0.1:0', run: { command: ['node', 'ratings.ts'] } },
      ],
    }),
  );

test('finds a service by each of its names, whatever the letter case, port or trailing dot', () => {
  const registry = createServiceRegistry();
  registry.replace([ratings()]);
  for (const host of [
    'ratings',
    'RATINGS:9080',
    'ratings.default',
    'ratings.default.svc.cluster.local.',
    'ratings.:80',
  ]) {
    assert.is(registry.serviceByHost(host)?.name, 'ratings', host);
  }
  for (const host of ['', 'rating', 'ratings.other', '[::1]:80', '__proto__', ':80'])
    assert.is(registry.serviceByHost(host), undefined, host);
});

test('has an endpoint for each workload whose sidecar has told its address', () => {
  const registry = createServiceRegistry();
  const service = ratings();
  registry.replace([service]);
  assert.equal(registry.endpoints(service), []);
  registry.setEndpoint('ratings-v2', { host: '127.0.0.1', port: 1002 });
  registry.setEndpoint('ratings-v1', { host: '127.0.0.1', port: 1001 });
  assert.equal(
    registry.endpoints(service).map(({ workload, address }) => [workload.name, address.port]),
    [
      ['ratings-v1', 1001],
      ['ratings-v2', 1002],
    ],
  );
  assert.is(registry.endpoints(service), registry.endpoints(service));
  registry.setEndpoint('ratings-v1', undefined);
  assert.is(registry.endpoints(service).length, 1);
});

test('takes the address of an application as told, else as declared', () => {
  const registry = createServiceRegistry();
  registry.replace([ratings()]);
  assert.equal(registry.application('ratings-v1'), { host: '127.0.0.1', port: 9081 });
  assert.is(registry.application('ratings-v2'), undefined);
  registry.setApplication('ratings-v2', { host: '127.0.0.1', port: 4444 });
  assert.equal(registry.application('ratings-v2'), { host: '127.0.0.1', port: 4444 });
});

test('keeps what it was told over a replacement, for the workloads that stay', () => {
  const registry = createServiceRegistry();
  registry.replace([ratings()]);
  registry.setEndpoint('ratings-v1', { host: '127.0.0.1', port: 1001 });
  registry.replace([ratings()]);
  assert.is(registry.endpoints(registry.services[0] as never).length, 1);
  registry.replace([]);
  registry.replace([ratings()]);
  assert.is(registry.endpoints(registry.services[0] as never).length, 0);
});

test('tells its listeners after every change, until they leave', () => {
  const registry = createServiceRegistry();
  const seen: number[] = [];
  const subscription = registry.onChange(() => seen.push(registry.services.length));
  registry.replace([ratings()]);
  registry.setEndpoint('ratings-v1', { host: '127.0.0.1', port: 1 });
  subscription[Symbol.dispose]();
  registry.replace([]);
  assert.equal(seen, [1, 1]);
});

test('reads and writes addresses, IPv6 too', () => {
  assert.equal(parseAddress('[::1]:80'), { host: '::1', port: 80 });
  assert.is(formatAddress({ host: '::1', port: 80 }), '[::1]:80');
  assert.is(formatAddress(parseAddress('localhost:8080')), 'localhost:8080');
});

test.run();
