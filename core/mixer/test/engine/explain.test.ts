import { listentry, quota } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, createMixer, defineAdapter, deny, grant, type Mixer, z } from '../../src/index.ts';
import { recordedLog } from '../../src/testing/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('explain');

const of = async (mixer: Mixer, name: string, bag = mixer.bag()) =>
  (await mixer.explain(bag)).rules.find(({ rule }) => rule === `istio-system/${name}`);

test('says of every rule where it stands, what its match came to, and why', async () => {
  const { mixer, probes } = await configured(
    rule('holds', `match: request.method == "GET"\nactions:\n${checks('a')}`) +
      rule('fails', `match: request.path == "/admin"\nactions:\n${checks('b')}`) +
      rule('open', `match: source.user == "zoe"\nactions:\n${checks('c')}`) +
      rule('pruned', `match: destination.service.name == "ratings"\nactions:\n${checks('d')}`),
  );
  const bag = mixer
    .bag()
    .put('request.method', 'GET')
    .put('request.path', '/')
    .put('destination.service.name', 'reviews');
  const { rules } = await mixer.explain(bag);
  assert.equal(
    rules.map(({ rule, value, pruned }) => [rule, value, pruned]),
    [
      ['istio-system/fails', false, false],
      ['istio-system/holds', true, false],
      ['istio-system/open', 'unknown', false],
      ['istio-system/pruned', false, true],
    ],
  );
  assert.is(rules[1]?.place, 'config.yaml:6:10');
  assert.match(rules[0]?.reason ?? '', 'request.path');
  assert.equal(probes.checked, [], 'nobody was asked');
  await mixer.close();
});

test('asks a handler only by its explain, and a quota for nothing', async () => {
  const asked: unknown[] = [];
  const adapter = defineAdapter({
    name: 'own',
    summary: 's',
    templates: [listentry, quota],
    config: z.strictObject({}),
    create: () => ({
      listentry: () => {
        asked.push('listentry');
        return allow();
      },
      quota: (_, { amount }) => {
        asked.push(amount);
        return grant(0, { limit: 5, remaining: 2, resetAfter: 1 });
      },
      explain: { listentry: () => deny('not on the list') },
    }),
  });
  const config = rule(
    'r',
    `match: true
actions:
- handler: { adapter: own }
  instances:
  - { name: entry, template: listentry, params: { value: '"x"' } }
  - { name: requests, template: quota, params: { dimensions: { } } }`,
  );
  const mixer = await createMixer({ config, adapters: [adapter] });
  const explained = await of(mixer, 'r');
  assert.equal(
    explained?.handlers.map(({ answer }) => answer),
    ['refuses with PERMISSION_DENIED: not on the list', '2 of 5 left'],
  );
  assert.equal(asked, [0]);
  await mixer.close();
});

test('says so where an adapter has no explain, or answers nonsense', async () => {
  const { mixer } = await configured(rule('r', `match: true\nactions:\n${checks('a')}`));
  assert.match((await of(mixer, 'r'))?.handlers[0]?.answer ?? '', 'not asked');
  await mixer.close();
  const adapter = defineAdapter({
    name: 'probe',
    summary: 's',
    templates: [listentry],
    config: z.object({ label: z.string() }),
    create: () => ({ listentry: () => allow(), explain: { listentry: () => undefined } }),
  });
  const config = rule('r', `match: true\nactions:\n${checks('a')}`);
  const odd = await createMixer({ config, adapters: [adapter], log: recordedLog() });
  assert.match((await of(odd, 'r'))?.handlers[0]?.answer ?? '', 'instead of allow() or deny()');
  await odd.close();
});

test('never shows what is sensitive', async () => {
  const { mixer } = await configured(
    rule('r', `match: request.headers["authorization"] == "Bearer other"\nactions:\n${checks('a')}`),
  );
  const bag = mixer.bag().put('request.headers', { authorization: 'Bearer hidden' });
  assert.not.match(JSON.stringify(await mixer.explain(bag)), 'hidden');
  await mixer.close();
});

test.run();
