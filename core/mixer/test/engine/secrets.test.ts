import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { listentry } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, createMixer, defineAdapter, deny, secret, stringMap, z } from '../../src/index.ts';
import { canonicalJson } from '../../src/runtime/canonical.ts';
import { recordedLog } from '../../src/testing/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('secrets');

const folder = mkdtempSync(join(tmpdir(), 'krater-secrets-'));
test.after(() => rmSync(folder, { recursive: true }));

const revealed: string[] = [];
const keeper = defineAdapter({
  name: 'keeper',
  summary: 'knows a secret',
  templates: [listentry],
  config: z.strictObject({ password: secret(), digest: z.string().default('sha256') }),
  create({ password }) {
    revealed.push(password.reveal());
    return { listentry: () => allow() };
  },
});
const config = (more = '') => [
  {
    path: join(folder, 'rules.yaml'),
    text: rule(
      'r',
      `match: true\nactions:\n- handler: { adapter: keeper, params: { password: { file: pw }${more} } }\n  instances: [{ name: entry, template: listentry, params: { value: '"x"' } }]`,
    ),
  },
];

test('a changed file changes the content hash and rebuilds the handler; an unchanged one carries it over', async () => {
  writeFileSync(join(folder, 'pw'), 'one');
  const mixer = await createMixer({ config: config(), adapters: [keeper], log: recordedLog() });
  assert.equal(mixer.secretFiles(), [join(folder, 'pw')]);
  const { hash } = mixer.status();
  assert.is((await mixer.reload(config())).carriedOver.length, 1);
  writeFileSync(join(folder, 'pw'), 'two');
  const reload = await mixer.reload(config());
  assert.is(reload.created.length, 1);
  assert.is.not(reload.hash, hash);
  assert.equal(revealed, ['one', 'two']);
  await mixer.close();
});

test('a missing file is a located problem, changes nothing, and is still one to watch', async () => {
  writeFileSync(join(folder, 'pw'), 'one');
  const mixer = await createMixer({ config: config(), adapters: [keeper], log: recordedLog() });
  rmSync(join(folder, 'pw'));
  const reload = await mixer.reload(config());
  assert.not.ok(reload.accepted);
  assert.equal(
    reload.problems.map(({ code }) => code),
    ['SECRET_MISSING'],
  );
  assert.equal(mixer.secretFiles(), [join(folder, 'pw')]);
  await mixer.close();
});

test('a parameter that is called digest is data like any other', async () => {
  writeFileSync(join(folder, 'pw'), 'one');
  const mixer = await createMixer({ config: config(), adapters: [keeper], log: recordedLog() });
  assert.is((await mixer.reload(config(', digest: sha512'))).created.length, 1);
  await mixer.close();
  assert.is.not(canonicalJson({ digest: 'a', other: 1 }), canonicalJson({ digest: 'a', other: 2 }));
});

test('what a schema decodes to is told apart, whatever it is', () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  for (const [one, other] of [
    [new Set(['a']), new Set(['b'])],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [/a/, /b/],
    [new Date(1), new Date(2)],
    [1n, 2n],
  ])
    assert.is.not(canonicalJson({ one }), canonicalJson({ one: other }));
  assert.type(canonicalJson(circle), 'string');
  assert.is(canonicalJson({ a: 1, b: 2 }), canonicalJson({ b: 2, a: 1 }));
});

test('sensitive attributes are masked wherever a decision or a bag is shown', async () => {
  const { mixer, probes } = await configured(
    rule(
      'r',
      `match: true
actions:
- handler: { adapter: probe, params: { label: q } }
  instances: [{ name: requests, template: quota, params: { dimensions: { key: 'request.headers["authorization"]' } } }]
${checks('c')}
requestHeaderOperations: [{ name: x-key, values: ['request.headers["authorization"]'] }]`,
    ),
  );
  const headers = stringMap({ authorization: 'Bearer hidden', accept: 'text/html' });
  const bag = mixer.bag().put('request.headers', headers).put('request.api_key', 'also-hidden');
  const allowed = await mixer.check(bag);
  probes.behaviour.set('c', () => deny('no entry for Bearer hidden'));
  const refused = await mixer.check(bag);
  for (const shown of [
    JSON.stringify(allowed),
    JSON.stringify(refused),
    JSON.stringify({ ...allowed }.bag),
    inspect(bag),
    JSON.stringify(bag),
  ])
    assert.not.match(shown, 'hidden');
  assert.match(JSON.stringify(allowed), 'text/html');
  assert.is(allowed.requestHeaders[0]?.value, 'Bearer hidden');
  await mixer.close();
});

test.run();
