import { listentry } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, createMixer, defineAdapter, z } from '../../src/index.ts';
import { recordedLog } from '../../src/testing/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('what cached answers depend on');

const one = (label: string, params = '') =>
  rule(label, `match: true\nactions:\n${checks(label, '"x"', params)}`);

/** A Mixer whose one handler can be told to change its mind. */
async function moody() {
  let change = () => {};
  const during: (() => void)[] = [];
  const adapter = defineAdapter({
    name: 'moody',
    summary: 'changes its mind',
    templates: [listentry],
    config: z.strictObject({}),
    create(_, env) {
      change = env.changed;
      return {
        listentry() {
          for (const act of during) act();
          return allow();
        },
      };
    },
  });
  const config = rule(
    'moods',
    `match: true\nactions:\n- handler: { adapter: moody }\n  instances: [{ name: entry, template: listentry, params: { value: '"x"' } }]`,
  );
  const mixer = await createMixer({ config, adapters: [adapter], log: recordedLog(), node: 'test' });
  return { mixer, change: () => change(), during };
}

test('a decision names the epoch of every handler that it asked', async () => {
  const { mixer, change } = await moody();
  const before = await mixer.check(mixer.bag());
  assert.equal(before.epochs, mixer.state().epochs);
  change();
  const after = await mixer.check(mixer.bag());
  assert.equal(after.epochs, mixer.state().epochs);
  assert.ok((after.epochs[0]?.epoch ?? 0) > (before.epochs[0]?.epoch ?? 0));
  await mixer.close();
});

test('an epoch that is raised while a handler answers is later than the one that the decision names', async () => {
  const { mixer, change, during } = await moody();
  const asked = mixer.state().epochs;
  during.push(change);
  const decision = await mixer.check(mixer.bag());
  assert.equal(decision.epochs, asked);
  assert.not.equal(mixer.state().epochs, asked);
  await mixer.close();
});

test('the epoch of a handler that is created anew never comes back, even under a configuration that served before', async () => {
  const { mixer } = await configured(one('a'));
  const [first] = mixer.state().epochs;
  const { snapshot } = mixer.state();
  await mixer.reload(one('a', ', revision: 2'));
  await mixer.reload(one('a'));
  const again = mixer.state();
  assert.is(again.snapshot, snapshot);
  assert.ok((again.epochs[0]?.epoch ?? 0) > (first?.epoch ?? Infinity));
  await mixer.close();
});

test('every change is told: a reload, and a handler that changes its mind', async () => {
  const { mixer, change } = await moody();
  let told = 0;
  const listening = mixer.onChange(() => told++);
  change();
  assert.is(told, 1);
  await mixer.reload(one('a').replaceAll('probe', 'moody').replace(', params: { label: a }', ''));
  assert.is(told, 2);
  listening[Symbol.dispose]();
  change();
  assert.is(told, 2);
  await mixer.close();
});

test('the absence of the Mixer means deny where a rule that could match denies on errors', async () => {
  const at = (name: string, match: string, spec: string, namespace?: string) =>
    rule(name, `match: ${match}\n${spec}`, namespace);
  const allows = `onError: allow\nactions:\n${checks('a')}`;
  const denies = `actions:\n${checks('a')}`;
  const limits = `actions:\n- handler: { adapter: probe }\n  instances: [{ name: q, template: quota, params: {} }]`;
  const counts = `actions:\n- handler: { adapter: probe }\n  instances: [{ name: m, template: metric, params: { value: '1' } }]`;
  const ratings = 'destination.service.name == "ratings"';
  const { mixer } = await configured(
    [
      at('strict', ratings, denies),
      at('strict-too', ratings, denies),
      at('lenient', 'destination.service.name == "details"', allows),
      at('limit', 'destination.service.name == "reviews"', limits),
      at('strict-limit', 'destination.service.name == "orders"', `onError: deny\n${limits}`),
      at('count', 'true', counts),
      at('tenant', 'request.path == "/x"', denies, 'shop'),
    ].join(''),
  );
  assert.equal(mixer.failureTable(), [
    { attribute: 'destination.service.name', value: 'ratings' },
    { attribute: 'destination.service.name', value: 'orders' },
    { namespace: 'shop' },
  ]);
  await mixer.close();
});

test('a configuration can be looked at: its rules in order, with their places and actions', async () => {
  const { mixer } = await configured(
    rule('a', `match: destination.service.name == "x"\nonError: allow\nactions:\n${checks('a')}`),
  );
  const { rules, handlers, hash, generation } = mixer.configuration();
  assert.equal(rules, [
    {
      rule: 'istio-system/a',
      namespace: 'istio-system',
      place: 'config.yaml:6:10',
      match: 'destination.service.name == "x"',
      foundBy: 'destination.service.name == "x"',
      onError: 'allow',
      actions: [
        {
          variety: 'check',
          handler: 'istio-system/a.actions[0]',
          instance: 'entry',
          template: 'listentry',
        },
      ],
    },
  ]);
  assert.equal(handlers, [{ name: 'istio-system/a.actions[0]', adapter: 'probe', deadline: 50 }]);
  assert.is(hash, mixer.status().hash);
  assert.is(generation, 1);
  await mixer.close();
});

test.run();
