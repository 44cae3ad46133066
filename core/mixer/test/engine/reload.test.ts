import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConfigError, type Decision, deny } from '../../src/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('reload');

const one = (label: string, params = '') =>
  rule(label, `match: true\nactions:\n${checks(label, '"x"', params)}`);

test('carries over handlers that did not change, creates and closes the others', async () => {
  const { mixer, probes } = await configured(one('a') + one('b'));
  const reload = await mixer.reload(one('a') + one('b', ', revision: 2') + one('c'));
  assert.ok(reload.accepted);
  assert.is(reload.generation, 2);
  assert.equal(reload.carriedOver, ['istio-system/a.actions[0]']);
  assert.equal(reload.created, ['istio-system/b.actions[0]', 'istio-system/c.actions[0]']);
  assert.equal(reload.closed, ['istio-system/b.actions[0]']);
  await mixer.close();
  assert.equal(probes.created, ['a', 'b', 'b', 'c']);
  assert.equal(probes.closed, ['b', 'c', 'b', 'a']);
});

test('a configuration with a mistake changes nothing and is told with its place', async () => {
  const { mixer } = await configured(one('a'));
  const { hash } = mixer.status();
  const reload = await mixer.reload(one('a').replace('match: true', 'match: request.pth == "x"'));
  assert.not.ok(reload.accepted);
  assert.is(reload.problems[0]?.place.line, 6);
  assert.is(mixer.status().hash, hash);
  assert.is(mixer.status().refused?.problems.length, 1);
  assert.match(await mixer.metrics(), 'krater_config_refused 1');
  await mixer.reload(one('a'));
  assert.is(mixer.status().refused, undefined);
  await mixer.close();
});

test('a handler that cannot be created refuses the whole configuration, and those created before it are closed', async () => {
  const { mixer, probes } = await configured(one('a'));
  probes.behaviour.set('create z', () => {
    throw new Error('no disk');
  });
  const reload = await mixer.reload(one('a', ', revision: 2') + one('b') + one('z'));
  assert.not.ok(reload.accepted);
  assert.is(reload.problems[0]?.code, 'HANDLER_CREATE_FAILED');
  assert.match(reload.problems[0]?.message ?? '', 'no disk');
  assert.equal(probes.closed, ['b', 'a']);
  assert.is((await mixer.check(mixer.bag())).status.code, 'OK');
  await mixer.close();
  assert.equal(probes.closed, ['b', 'a', 'a']);
});

test('closes a replaced handler only after the last call in it', async () => {
  const { mixer, probes } = await configured(one('a'));
  let answer: (value: unknown) => void = () => {};
  probes.behaviour.set('a', () => new Promise(resolve => (answer = resolve)));
  const pending = mixer.check(mixer.bag()) as Promise<Decision>;
  probes.behaviour.delete('a');
  await mixer.reload(one('b'));
  assert.equal(probes.closed, []);
  answer(deny('late'));
  assert.is((await pending).status.message, 'late');
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(probes.closed, ['a']);
  await mixer.close();
});

test('the same content has the same hash, whatever its order and spelling', async () => {
  const { mixer } = await configured(one('a') + one('b'));
  const { hash } = mixer.status();
  assert.is((await mixer.reload(one('b') + one('a'))).hash, hash);
  assert.is.not((await mixer.reload(one('b'))).hash, hash);
  await mixer.close();
});

test('refuses to start with a bad configuration, with all problems at once', async () => {
  try {
    await configured(
      one('a').replace('adapter: probe', 'adapter: prob') +
        one('b').replace('template: listentry', 'template: listentri'),
    );
    assert.unreachable();
  } catch (error) {
    assert.is((error as ConfigError).code, 'CONFIG_REFUSED');
    assert.equal(
      (error as ConfigError).problems.map(({ code }) => code),
      ['ADAPTER_NOT_INSTALLED', 'TEMPLATE_UNKNOWN'],
    );
  }
});

test('an attribute of a manifest can be used, sent, and moves to its new slot on reload', async () => {
  const manifest = (names: string[]) =>
    `---\napiVersion: krater.dev/v1\nkind: AttributeManifest\nmetadata: { name: m }\nspec: { attributes: { ${names.map(name => `${name}: { type: STRING }`).join(', ')} } }\n`;
  const use = rule('a', `match: team.name == "core"\nactions:\n${checks('a')}`);
  const { mixer, probes } = await configured(manifest(['team.name']) + use);
  const bag = mixer.bag().put('team.name', 'core');
  await mixer.reload(manifest(['a.first', 'team.name']) + use);
  await mixer.check(bag);
  assert.is(probes.checked.length, 1);
  await mixer.close();
});

test.run();
