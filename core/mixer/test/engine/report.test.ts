import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configured, rule } from './configured.ts';

const test = suite('report');

const metric = (label: string, params: string, match = 'true') =>
  rule(
    label,
    `match: ${match}
actions:
- handler: { adapter: probe, params: { label: ${label} } }
  instances: [{ name: requests, template: metric, params: { ${params} } }]`,
  );

test('hands each handler all instances of a batch at once', async () => {
  const { mixer, probes } = await configured(
    metric('m', 'value: 1, dimensions: { code: response.code | 0 }'),
  );
  await mixer.report([200, 404].map(code => mixer.bag().put('response.code', code)));
  assert.is(probes.reported.length, 1);
  const instances = probes.reported[0]?.instances as { name: string; value: number; dimensions: object }[];
  assert.equal(
    instances.map(({ name, value, dimensions }) => [name, value, { ...dimensions }]),
    [
      ['requests', 1, { code: 200 }],
      ['requests', 1, { code: 404 }],
    ],
  );
  await mixer.close();
});

test('a field that cannot be evaluated becomes "unknown", is counted, and the record is kept', async () => {
  const { mixer, probes } = await configured(metric('m', 'value: 1, dimensions: { user: source.user }'));
  await mixer.report([mixer.bag()]);
  const [instance] = (probes.reported[0]?.instances ?? []) as { dimensions: { user: string } }[];
  assert.is(instance?.dimensions.user, 'unknown');
  assert.match(await mixer.metrics(), 'krater_report_unknown_fields_total 1');
  await mixer.close();
});

test('a failing handler keeps nothing from the others', async () => {
  const { mixer, probes, log } = await configured(metric('a', 'value: 1') + metric('b', 'value: 2'));
  const original = probes.reported.push;
  probes.reported.push = entry => {
    if (entry.label === 'a') throw new Error('full');
    return original.call(probes.reported, entry);
  };
  await mixer.report([mixer.bag()]);
  assert.equal(
    probes.reported.map(({ label }) => label),
    ['b'],
  );
  assert.is(log.entries.filter(({ message }) => message === 'a handler failed').length, 1);
  await mixer.close();
});

test.run();
