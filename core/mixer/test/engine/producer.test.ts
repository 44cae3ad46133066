import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { doNotCache } from '../../src/index.ts';
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

test('cannot be bound to authenticated identity', async () => {
  const bad = producer.replace('team.name: ', 'source.principal: ');
  try {
    await configured(manifest + bad);
    assert.unreachable();
  } catch (error) {
    assert.equal(
      (error as { problems: { code: string }[] }).problems.map(({ code }) => code),
      ['ATTRIBUTE_IDENTITY'],
    );
  }
});

test.run();
