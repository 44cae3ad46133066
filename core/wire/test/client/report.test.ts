import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Rig, rule, startRig, until } from './rig.ts';

const test = suite('reports of a client');

const logs = rule(
  'log',
  `match: true
actions:
- handler: { adapter: probe }
  instances: [{ name: line, template: logentry, params: { severity: '"info"', variables: { path: request.path, namespace: destination.namespace | "none" } } }]`,
);

const records = ({ client }: Rig, count: number) =>
  Array.from({ length: count }, (_, index) => client.bag().put('request.path', `/${index}`));
const batches = ({ server }: Rig) => server.statistics().counts;

test('are sent when there are enough of them', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { batch: 10, age: 60_000 } } });
  assert.is(rig.client.report(records(rig, 25)), undefined);
  await until(() => rig.client.metrics().reports.sent === 20);
  assert.is(rig.probes.reported.length, 20);
  assert.is(rig.client.metrics().reports.queued, 5);
});

test('are sent when they are large enough', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { bytes: 2_000, age: 60_000 } } });
  rig.client.report([rig.client.bag().put('request.path', 'x'.repeat(3_000))]);
  await until(() => rig.probes.reported.length === 1);
});

test('are sent when the first has waited long enough, and nothing waits for nothing', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { age: 20 } } });
  rig.client.report(records(rig, 3));
  await until(() => rig.client.metrics().reports.sent === 3);
  assert.is(rig.probes.reported.length, 3);
  assert.is(rig.client.metrics().reports.queued, 0);
});

test('carry the namespace of their listener, and are what the bag was when it was told', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { age: 5 } } });
  const bag = rig.client.bag().put('request.path', '/then');
  rig.client.report([bag], { namespace: 'shop' });
  bag.put('request.path', '/later');
  await until(() => rig.probes.reported.length === 1);
  const { variables } = rig.probes.reported[0] as { variables: object };
  assert.equal({ ...variables }, { path: '/then', namespace: 'shop' });
});

test('wait while no Mixer takes them, and arrive when one does', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { batch: 10 } } });
  await rig.stop();
  rig.client.report(records(rig, 30));
  assert.is(rig.client.metrics().reports.queued, 30);
  await rig.restart();
  await until(() => rig.client.metrics().reports.queued === 0);
  assert.is(rig.probes.reported.length, 30);
  assert.equal(rig.client.metrics().reports, { queued: 0, sent: 30, lost: 0 });
});

test('beyond the bound the newest are lost, and the next batch that arrives tells how many', async () => {
  await using rig = await startRig({
    config: logs,
    client: { reports: { batch: 10, queue: { records: 20 } } },
  });
  await rig.stop();
  rig.client.report(records(rig, 33));
  assert.equal(rig.client.metrics().reports, { queued: 20, sent: 0, lost: 13 });
  await rig.restart();
  await until(() => rig.probes.reported.length === 20);
  const paths = rig.probes.reported.map(one => (one as { variables: { path: string } }).variables.path);
  assert.is(paths.includes('/19'), true);
  assert.is(paths.includes('/20'), false);
  rig.client.report(records(rig, 10));
  await until(() => batches(rig).lostByClients === 13);
});

test('a bound in bytes holds too', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { queue: { bytes: 5_000 } } } });
  await rig.stop();
  for (let round = 0; round < 10; round++)
    rig.client.report([rig.client.bag().put('request.path', String(round).repeat(1_000))]);
  const { queued, lost } = rig.client.metrics().reports;
  assert.is(queued + lost, 10);
  assert.ok(queued <= 6, `${queued} records`);
});

test('closing sends what is left', async () => {
  await using rig = await startRig({ config: logs, client: { reports: { age: 60_000 } } });
  rig.client.report(records(rig, 7));
  await rig.client.close(2_000);
  assert.is(rig.probes.reported.length, 7);
  assert.equal(rig.client.metrics().reports, { queued: 0, sent: 7, lost: 0 });
  rig.client.report(records(rig, 2));
  assert.is(rig.client.metrics().reports.lost, 2, 'what comes later is lost');
});

test('closing without a Mixer counts what is lost, and does not wait', async () => {
  await using rig = await startRig({ config: logs });
  await rig.stop();
  rig.client.report(records(rig, 7));
  await rig.client.close(60_000);
  assert.equal(rig.client.metrics().reports, { queued: 0, sent: 0, lost: 7 });
});

test.run();
