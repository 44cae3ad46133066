import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, deny, doNotCache, lasting } from '../../src/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('producers');

const manifest = `---
apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: m }
spec: { attributes: { team.name: { type: STRING, lowCardinality: true } } }
`;
const producer = rule(
  'teams',
  `match: request.method == "GET"
actions:
- handler: { adapter: probe, params: { label: teams } }
  instances:
  - { name: team, template: lookup, params: { key: source.user | "nobody" }, attributes: { team.name: 'output.value["team"]' } }`,
);
const consumer = rule('use', `match: team.name == "team of zoe"\nactions:\n${checks('use', 'team.name')}`);

const bagOf = (mixer: { bag(): import('../../src/index.ts').Bag }, user: string) =>
  mixer.bag().put('request.method', 'GET').put('source.user', user).put('team.name', 'sent by the client');

test('run for rules that read their outputs, and stand over what the client sent', async () => {
  const { mixer, probes } = await configured(manifest + producer + consumer);
  await mixer.check(bagOf(mixer, 'zoe'));
  assert.equal(probes.lookedUp, ['zoe']);
  assert.equal(
    probes.checked.map(({ value }) => value),
    ['team of zoe'],
  );
  await mixer.close();
});

test('their inputs enter the references, their outputs do not', async () => {
  const { mixer } = await configured(manifest + producer + consumer);
  const names = (await mixer.check(bagOf(mixer, 'zoe')))
    .references()
    .map(({ name }) => name)
    .sort();
  assert.equal(names, ['request.method', 'source.user']);
  await mixer.close();
});

test('where none ran, what the client sent is read and counts', async () => {
  const { mixer } = await configured(manifest + producer + consumer);
  const decision = await mixer.check(bagOf(mixer, 'zoe').put('request.method', 'POST'));
  assert.ok(decision.references().some(({ name }) => name === 'team.name'));
  await mixer.close();
});

test('are not run when no candidate reads their outputs', async () => {
  const { mixer, probes } = await configured(
    manifest + producer + rule('other', `match: true\nactions:\n${checks('other')}`),
  );
  await mixer.check(bagOf(mixer, 'zoe'));
  assert.equal(probes.lookedUp, []);
  await mixer.close();
});

test('a failed producer is a failure of the rules that read it', async () => {
  const { mixer, probes } = await configured(manifest + producer + consumer);
  probes.behaviour.set('teams', () => {
    throw new Error('gone');
  });
  const decision = await mixer.check(bagOf(mixer, 'zoe'));
  assert.is(decision.status.code, 'UNAVAILABLE');
  assert.equal(decision.validity, doNotCache);
  await mixer.close();
});

test('a failed producer concerns no rule whose match is false without it', async () => {
  const { mixer, probes } = await configured(
    manifest +
      producer +
      rule('admin', `match: request.path == "/admin" && team.name == "core"\nactions:\n${checks('admin')}`),
  );
  probes.behaviour.set('teams', () => Promise.reject(new Error('gone')));
  const at = async (path: string) =>
    (await mixer.check(bagOf(mixer, 'zoe').put('request.path', path))).status.code;
  assert.is(await at('/'), 'OK');
  assert.is(await at('/admin'), 'UNAVAILABLE');
  await mixer.close();
});

test('a failed producer refuses behind an answer that is still awaited, and a refusal before it wins', async () => {
  const limited = rule(
    'limited',
    `match: team.name == "x"
onError: deny
actions:
- handler: { adapter: probe, params: { label: q } }
  instances: [{ name: requests, template: quota, params: { dimensions: {} } }]`,
  );
  const { mixer, probes } = await configured(
    manifest + producer + rule('first', `match: true\nactions:\n${checks('first')}`) + limited,
  );
  probes.behaviour.set('teams', () => {
    throw new Error('gone');
  });
  probes.behaviour.set('first', () => Promise.resolve(allow()));
  const decision = await mixer.check(bagOf(mixer, 'zoe'));
  assert.is(decision.status.code, 'UNAVAILABLE');
  assert.equal(
    decision.answers.map(({ rule, handler }) => [rule, handler]),
    [
      ['istio-system/first', 'istio-system/first.actions[0]'],
      ['istio-system/limited', 'istio-system/teams.actions[0]'],
    ],
  );
  probes.behaviour.set('first', () => Promise.resolve(deny('no')));
  assert.is((await mixer.check(bagOf(mixer, 'zoe'))).status.message, 'no');
  assert.equal(probes.quotas, []);
  await mixer.close();
});

test('of two for one attribute the first in rule order stands, whoever reads it first', async () => {
  const other = producer
    .replace('name: teams', 'name: z-teams')
    .replaceAll('label: teams', 'label: others')
    .replace('team.name: ', 'team.other: \'output.value["team"]\', team.name: ');
  const both = manifest.replace('team.name: {', 'team.other: { type: STRING }, team.name: {');
  const { mixer, probes } = await configured(
    both +
      producer +
      other +
      rule('a', `match: true\nactions:\n${checks('a', 'team.other')}`) +
      rule('b', `match: true\nactions:\n${checks('b', 'team.name')}`),
  );
  probes.behaviour.set('others', () => ({ value: { team: 'another' } }));
  await mixer.check(bagOf(mixer, 'zoe'));
  assert.equal(
    probes.checked.map(({ value }) => value),
    ['another', 'team of zoe'],
  );
  await mixer.close();
});

test('how long an output holds joins the validity; nonsense is a failure', async () => {
  const { mixer, probes } = await configured(manifest + producer + consumer);
  const output = { value: { team: 'x' } };
  probes.behaviour.set('teams', () => lasting(output, { duration: 700 }));
  assert.equal((await mixer.check(bagOf(mixer, 'zoe'))).validity, { duration: 700, uses: Infinity });
  probes.behaviour.set('teams', () => lasting(Object.freeze(output), { uses: Number.NaN }));
  assert.is((await mixer.check(bagOf(mixer, 'zoe'))).status.code, 'UNAVAILABLE');
  await mixer.close();
});

test('run for reports too; what a failed one should have filled in is unknown', async () => {
  const told = rule(
    'told',
    `match: true
actions:
- handler: { adapter: probe, params: { label: told } }
  instances: [{ name: requests, template: metric, params: { value: 1, dimensions: { team: team.name } } }]`,
  );
  const { mixer, probes } = await configured(manifest + producer + told);
  const team = () =>
    (probes.reported.at(-1)?.instances[0] as { dimensions: { team: string } } | undefined)?.dimensions.team;
  await mixer.report([bagOf(mixer, 'zoe')]);
  assert.is(team(), 'team of zoe');
  probes.behaviour.set('teams', () => Promise.reject(new Error('gone')));
  await mixer.report([bagOf(mixer, 'zoe')]);
  assert.is(team(), 'unknown');
  await mixer.close();
});

/** What is wrong with a configuration, by code. */
async function mistakesOf(config: string): Promise<readonly string[]> {
  try {
    const { mixer } = await configured(config);
    await mixer.close();
    return [];
  } catch (error) {
    return (error as { problems: { code: string }[] }).problems.map(({ code }) => code);
  }
}

const authenticator = rule(
  'who',
  `match: request.method == "GET"
actions:
- handler: { adapter: probe, params: { label: who } }
  instances:
  - name: caller
    template: identity
    params: { credential: request.path | "" }
    attributes: { request.auth.principal: output.principal, request.auth.claims: output.claims }`,
);

test('cannot be bound to authenticated identity, unless the template authenticates', async () => {
  for (const attribute of ['source.principal', 'connection.mtls', 'request.auth.principal'])
    assert.equal(await mistakesOf(manifest + producer.replace('team.name: ', `${attribute}: `)), [
      'ATTRIBUTE_IDENTITY',
    ]);
  assert.equal(await mistakesOf(authenticator), []);
});

test('of one that authenticates cannot be bound to what the connection says', async () => {
  const bound = (attribute: string) => authenticator.replace('request.auth.principal: ', `${attribute}: `);
  for (const attribute of ['source.principal', 'source.user', 'destination.principal'])
    assert.equal(await mistakesOf(bound(attribute)), ['ATTRIBUTE_IDENTITY']);
});

test('of one that authenticates leave absent what nobody has verified, whatever the client sent', async () => {
  const { mixer, probes } = await configured(
    authenticator +
      rule('use', `match: true\nactions:\n${checks('use', 'request.auth.principal | "nobody"')}`),
  );
  const asked = async (principal: string | undefined) => {
    probes.behaviour.set('who', () => ({ principal, claims: undefined }));
    const bag = mixer.bag().put('request.method', 'GET').put('request.auth.principal', 'forged');
    const { status } = await mixer.check(bag);
    return [status.code, probes.checked.at(-1)?.value];
  };
  assert.equal(await asked('issuer/zoe'), ['OK', 'issuer/zoe']);
  assert.equal(await asked(undefined), ['OK', 'nobody']);
  probes.behaviour.set('who', () => Promise.reject(new Error('gone')));
  const bag = mixer.bag().put('request.method', 'GET').put('request.auth.principal', 'forged');
  assert.is((await mixer.check(bag)).status.code, 'UNAVAILABLE');
  await mixer.close();
});

test.run();
