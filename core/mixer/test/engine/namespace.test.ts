import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConfigError, Mixer } from '../../src/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('namespaces');

const handler = (namespace: string, exportTo = '') =>
  `---\napiVersion: krater.dev/v1\nkind: Handler\nmetadata: { name: list, namespace: ${namespace} }\nspec: { adapter: probe, params: { label: ${namespace} }${exportTo} }\n`;
const uses = (name: string, namespace: string, rules = 'uses') =>
  rule(
    rules,
    `match: true\nactions:\n- handler: ${name}\n  instances: [{ name: entry, template: listentry, params: { value: '"x"' } }]`,
    namespace,
  );
const labels = (probes: { checked: readonly { label: string }[] }) =>
  probes.checked.map(({ label }) => label);

async function codes(config: string): Promise<string[]> {
  try {
    const { mixer } = await configured(config);
    await mixer.close();
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ code }) => code);
  }
}

test('a rule applies to requests to its own namespace only, a root rule to all', async () => {
  const { mixer, probes } = await configured(
    ['shop', 'bank', undefined]
      .map(namespace => rule('r', `match: true\nactions:\n${checks(namespace ?? 'root')}`, namespace))
      .join(''),
  );
  for (const namespace of ['shop', 'bank', 'elsewhere', undefined]) {
    probes.checked.length = 0;
    await mixer.check(mixer.bag(), namespace === undefined ? {} : { namespace });
    const own = namespace === 'shop' || namespace === 'bank' ? [namespace] : [];
    assert.equal(labels(probes), ['root', ...own], String(namespace));
  }
  await mixer.close();
});

test('a name means the own document first, then that of the root namespace', async () => {
  const { mixer, probes } = await configured(
    handler('istio-system') + handler('shop') + uses('list', 'shop') + uses('list', 'bank'),
  );
  await mixer.check(mixer.bag(), { namespace: 'shop' });
  await mixer.check(mixer.bag(), { namespace: 'bank' });
  assert.equal(labels(probes), ['shop', 'istio-system']);
  await mixer.close();
});

test('a document of another namespace can be used only where it is exported to', async () => {
  assert.equal(await codes(handler('shop') + uses('list.shop', 'bank')), ['REFERENCE_NOT_EXPORTED']);
  assert.equal(await codes(handler('shop') + uses('list.shop', 'istio-system')), ['REFERENCE_NOT_EXPORTED']);
  assert.equal(await codes(handler('shop', ', exportTo: [bank]') + uses('list.shop', 'bank')), []);
  assert.equal(await codes(handler('shop', ', exportTo: ["*"]') + uses('list.shop', 'bank')), []);
  assert.equal(await codes(handler('shop', ', exportTo: [bank]') + uses('list.shop', 'zoo')), [
    'REFERENCE_NOT_EXPORTED',
  ]);
});

test('an inline handler belongs to its rule: equal rules of two namespaces share none', async () => {
  const { mixer } = await configured(
    ['shop', 'bank']
      .map(namespace => rule('r', `match: true\nactions:\n${checks('same')}`, namespace))
      .join(''),
  );
  assert.equal(
    mixer.status().handlers.map(({ name }) => name),
    ['shop/r.actions[0]', 'bank/r.actions[0]'],
  );
  await mixer.close();
});

const producer = (label: string, namespace: string | undefined) =>
  rule(
    'paths',
    `match: true\nactions:\n- handler: { adapter: probe, params: { label: ${label} } }\n  instances: [{ name: team, template: lookup, params: { key: '"x"' }, attributes: { request.path: 'output.value["team"]' } }]`,
    namespace,
  );
const watches = (label: string, namespace?: string) =>
  rule(label, `match: true\nactions:\n${checks(label, 'request.path')}`, namespace);
const asked = (mixer: Mixer) => mixer.check(mixer.bag().put('request.path', '/sent'), { namespace: 'shop' });

test("what a tenant's producer fills in is not seen by the rules of the root namespace", async () => {
  const { mixer, probes } = await configured(
    producer('teams', 'shop') + watches('root') + watches('own', 'shop'),
  );
  const decision = await asked(mixer);
  assert.equal(
    probes.checked.map(({ label, value }) => [label, value]),
    [
      ['root', '/sent'],
      ['own', 'team of x'],
    ],
  );
  assert.ok(decision.references().some(({ name }) => name === 'request.path'));
  await mixer.close();
});

test('what a root producer fills in is seen by all, before what a tenant fills in', async () => {
  const { mixer, probes } = await configured(
    producer('root-teams', undefined) + producer('teams', 'shop') + watches('root') + watches('own', 'shop'),
  );
  probes.behaviour.set('teams', () => ({ value: { team: "the tenant's" } }));
  await asked(mixer);
  assert.equal(
    probes.checked.map(({ value }) => value),
    ['team of x', 'team of x'],
  );
  await mixer.close();
});

test("a tenant's failed producer fails the tenant's rules and no others", async () => {
  const { mixer, probes } = await configured(
    producer('teams', 'shop') + watches('root') + watches('own', 'shop'),
  );
  probes.behaviour.set('teams', () => {
    throw new Error('gone');
  });
  const decision = await asked(mixer);
  assert.equal(labels(probes), ['root']);
  assert.is(decision.status.code, 'UNAVAILABLE');
  assert.is(decision.answers.at(-1)?.rule, 'shop/own');
  await mixer.close();
});

test.run();
