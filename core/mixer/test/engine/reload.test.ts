import { listentry } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Bag,
  type ConfigError,
  createMixer,
  type Decision,
  defineAdapter,
  defineService,
  defineToken,
  deny,
  type ForeignKind,
  type KraterError,
  standardVocabulary,
  z,
} from '../../src/index.ts';
import { recordedLog } from '../../src/testing/index.ts';
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

test('a deadline is changed under a handler that is carried over', async () => {
  const { mixer, probes } = await configured(one('a'));
  const reload = await mixer.reload(
    one('a').replace('params: { label: a }', 'params: { label: a }, deadline: 3ms'),
  );
  assert.ok(reload.accepted);
  assert.equal(reload.carriedOver, ['istio-system/a.actions[0]']);
  probes.behaviour.set('a', () => new Promise(() => {}));
  const { status } = await mixer.check(mixer.bag());
  assert.match(status.message, 'within 3 ms');
  await mixer.close();
});

test('reloads that are asked for at once happen in order', async () => {
  const { mixer, probes } = await configured(one('a'));
  const reloads = await Promise.all([
    mixer.reload(one('b')),
    mixer.reload('kind: ['),
    mixer.reload(one('b') + one('c')),
  ]);
  assert.equal(
    reloads.map(({ accepted, generation }) => [accepted, generation]),
    [
      [true, 2],
      [false, 2],
      [true, 3],
    ],
  );
  assert.equal(reloads[2]?.carriedOver, ['istio-system/b.actions[0]']);
  await mixer.close();
  assert.equal(probes.closed, ['a', 'c', 'b']);
});

test('closing finishes the reload before it, refuses what comes after, and can be asked for twice', async () => {
  const { mixer, probes } = await configured(one('a'));
  const before = mixer.reload(one('b'));
  const closings = [mixer.close(), mixer.close()];
  const after = mixer.reload(one('c')).catch(error => error.code);
  assert.ok((await before).accepted);
  await closings[1];
  assert.equal(probes.closed, ['a', 'b']);
  await closings[0];
  assert.is(await after, 'MIXER_CLOSED');
  const bag = new Bag(standardVocabulary);
  for (const ask of [
    () => mixer.check(bag),
    () => mixer.report([bag]),
    () => mixer.bag(),
    () => mixer.status(),
    () => mixer.explain(bag),
    () => mixer.metrics(),
  ]) {
    const refusal = await (async () => ask())().catch(error => error);
    assert.is((refusal as KraterError).code, 'MIXER_CLOSED');
  }
  assert.equal(probes.closed, ['a', 'b']);
});

const counter = (owner: string, params: string) =>
  rule(
    'r',
    `match: true\nactions:\n- handler: { adapter: counter, params: { ${params} } }\n  instances: [{ name: entry, template: listentry, params: { value: '"${owner}"' } }]`,
  );

test('what a handler keeps outlives reloads, a refused one too, and ends with the last handler of its name', async () => {
  const ended: string[] = [];
  let made = 0;
  const adapter = defineAdapter({
    name: 'counter',
    summary: 'counts across reloads',
    templates: [listentry],
    config: z.strictObject({ step: z.int(), broken: z.boolean().default(false) }),
    create({ step, broken }, env) {
      const kept = env.keep(
        'count',
        () => ({ id: ++made, count: 0 }),
        ({ count }) => void ended.push(`${count}`),
      );
      env.keep(
        'bad',
        () => 1,
        () => {
          throw new Error('bad close');
        },
      );
      if (broken) throw new Error('broken');
      return {
        listentry: () => {
          kept.count += step;
          return deny(`${kept.id} ${kept.count}`);
        },
      };
    },
  });
  const log = recordedLog();
  const mixer = await createMixer({ config: counter('a', 'step: 1'), adapters: [adapter], log });
  const count = async () => (await mixer.check(mixer.bag())).status.message;
  assert.is(await count(), '1 1');
  assert.ok((await mixer.reload(counter('a', 'step: 10'))).accepted);
  assert.is(await count(), '1 11');
  assert.not.ok((await mixer.reload(counter('a', 'step: 5, broken: true'))).accepted);
  assert.is(await count(), '1 21');
  assert.ok((await mixer.reload(counter('a', 'step: 100'))).accepted);
  assert.is(await count(), '1 121');
  assert.equal(ended, []);
  await mixer.close();
  assert.equal(ended, ['121'], 'whatever closes badly beside it');
});

test('a kind of somebody else that throws refuses, or is told, and never half-runs', async () => {
  const faults = { check: false, apply: false };
  const kind: ForeignKind = {
    kind: 'Thing',
    schema: z.strictObject({}),
    check() {
      if (faults.check) throw new Error('cannot check');
    },
    apply() {
      if (faults.apply) throw new Error('cannot apply');
    },
  };
  const thing = '---\napiVersion: krater.dev/v1\nkind: Thing\nmetadata: { name: t }\nspec: {}\n';
  const { mixer, probes, log } = await configured(one('a') + thing, { kinds: [kind] });
  faults.check = true;
  const refused = await mixer.reload(one('b') + thing);
  assert.equal(
    refused.problems.map(({ code, place }) => [code, place.line > 1]),
    [['CONFIG_REJECTED', true]],
  );
  Object.assign(faults, { check: false, apply: true });
  assert.ok((await mixer.reload(one('b') + thing)).accepted);
  assert.ok(log.entries.some(({ fields }) => fields['kind'] === 'Thing'));
  assert.equal(probes.closed, ['a']);
  await mixer.close();
});

test('a service is made once for all that need it, again if it failed, and closed last', async () => {
  const events: string[] = [];
  let broken = true;
  const token = defineToken<{ name: string }>('engine-test');
  const offer = (name: string) =>
    defineService(
      token,
      () => {
        events.push(`make ${name}`);
        if (broken) throw new Error('not yet');
        return { name };
      },
      () => void events.push(`close ${name}`),
    );
  const adapter = (name: string, offered: string) =>
    defineAdapter({
      name,
      summary: 's',
      templates: [listentry],
      config: z.strictObject({ label: z.string() }),
      needs: { shared: token },
      services: [offer(offered)],
      create: (_, { shared }) => ({
        listentry: () => deny(shared.name),
        close: () => void events.push(name),
      }),
    });
  const both = one('a') + one('b').replace('adapter: probe', 'adapter: other');
  const adapters = [adapter('probe', 'first'), adapter('other', 'second')];
  const mixer = await createMixer({
    config: rule('none', 'match: true\nresponseHeaderOperations: [{ name: a, operation: remove }]'),
    adapters,
    log: recordedLog(),
  });
  const refused = await mixer.reload(both);
  assert.equal(
    refused.problems.map(({ code }) => code),
    ['SERVICE_CREATE_FAILED', 'SERVICE_CREATE_FAILED'],
  );
  broken = false;
  events.length = 0;
  assert.ok((await mixer.reload(both)).accepted);
  assert.is((await mixer.check(mixer.bag())).status.message, 'first');
  await mixer.close();
  assert.equal(events, ['make first', 'other', 'probe', 'close first']);
});

test('a thousand reloads leave nothing open', async () => {
  const { mixer, probes } = await configured(one('a'));
  const open = () => process.getActiveResourcesInfo().length;
  await mixer.reload(one('a', ', revision: 2'));
  const before = open();
  for (let revision = 3; revision < 1_003; revision++)
    await mixer.reload(revision % 10 === 0 ? 'kind: [' : one('a', `, revision: ${revision}`));
  await new Promise(resolve => setImmediate(resolve));
  assert.is(probes.created.length, probes.closed.length + 1);
  assert.ok(open() <= before, `${open()} open, before ${before}`);
  assert.is((await mixer.metrics()).match(/krater_handler_calls_total\{/g)?.length, 1);
  await mixer.close();
});

test('requests have their turn while a big configuration is made ready', async () => {
  const many = Array.from({ length: 1_500 }, (_, index) => one(`rule-${index}`)).map((text, index) => ({
    path: `${index}.yaml`,
    text,
  }));
  const { mixer } = await configured(one('a'));
  let turns = 0;
  let reloading = true;
  const answer = async () => {
    while (reloading) {
      await new Promise(resolve => setImmediate(resolve));
      await mixer.check(mixer.bag());
      turns++;
    }
  };
  const answering = answer();
  const reload = await mixer.reload(many);
  reloading = false;
  await answering;
  assert.ok(reload.accepted);
  assert.ok(turns > 5, `${turns} turns`);
  await mixer.close();
});

test.run();
