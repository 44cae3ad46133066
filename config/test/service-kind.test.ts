import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createServiceRegistry, serviceKind, serviceSpec } from '../src/index.ts';

const test = suite('the Service kind');

const document = (name: string, spec: unknown, namespace = 'default') => ({
  name,
  namespace,
  spec: serviceSpec.parse(spec),
});
const workload = (name: string, more: object = {}) => ({ name, address: '127.0.0.1:9081', ...more });

function problemsOf(...documents: ReturnType<typeof document>[]) {
  const problems: { path: string; message: string }[] = [];
  serviceKind(createServiceRegistry()).check?.(documents, (path, message) =>
    problems.push({ path: path.join('.'), message }),
  );
  return problems;
}

test('accepts a service whose workloads differ in name and port', () => {
  const spec = { workloads: [workload('ratings-v1'), workload('ratings-v2', { address: '127.0.0.1:9082' })] };
  assert.equal(problemsOf(document('ratings', spec)), []);
});

test('reports two services that claim one host, whatever its letter case', () => {
  const [problem] = problemsOf(
    document('ratings', { hosts: ['shop.example'] }),
    document('reviews', { hosts: ['reviews', 'Shop.Example'] }),
  );
  assert.equal(problem, {
    path: '1.hosts.1',
    message: 'host "shop.example" of service "reviews" is already that of service "ratings"',
  });
});

test('points at hosts, where they would be written, if the host that clashes is a default one', () => {
  const problems = problemsOf(document('ratings', {}), document('ratings', {}, 'staging'));
  assert.equal(
    problems.map(problem => problem.path),
    ['1.hosts'],
  );
});

test('reports a workload name and a port used twice', () => {
  const problems = problemsOf(
    document('ratings', { workloads: [workload('v1', { sidecar: { inbound: 15006 } })] }),
    document('reviews', { workloads: [workload('v1', { address: '127.0.0.1:15006' })] }),
  );
  assert.equal(problems, [
    {
      path: '1.workloads.0.name',
      message: 'workload "v1" of service "reviews" is already that of service "ratings"',
    },
    {
      path: '1.workloads.0.address',
      message:
        'port "15006" of the application of workload "v1" is already that of the inbound side of workload "v1"',
    },
  ]);
});

test('lets applications on different machines use one port', () => {
  const spec = {
    workloads: [workload('v1', { address: '10.0.0.1:80' }), workload('v2', { address: '10.0.0.2:80' })],
  };
  assert.equal(problemsOf(document('ratings', spec)), []);
});

test('wants an address where nothing says how to start the application', () => {
  const problems = problemsOf(
    document('ratings', { workloads: [{ name: 'v1' }, { name: 'v2', run: { command: ['node', 'x.ts'] } }] }),
  );
  assert.equal(
    problems.map(problem => problem.path),
    ['0.workloads.0'],
  );
});

test('refuses unknown keys, bad names, addresses without a port and rates above 1', () => {
  for (const spec of [
    { host: ['x'] },
    { hosts: ['a:80'] },
    { workloads: [{ name: 'UPPER' }] },
    { workloads: [workload('v1', { address: '127.0.0.1' })] },
    { workloads: [workload('v1', { address: '127.0.0.1:70000' })] },
    { workloads: [workload('v1', { sidecar: { inbund: 1 } })] },
    { protocol: 'gopher' },
    { sampling: 2 },
  ]) {
    assert.not.ok(serviceSpec.safeParse(spec).success, JSON.stringify(spec));
  }
});

test.run();
