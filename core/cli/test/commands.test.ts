// limit: 180 s
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { golden } from './golden.ts';
import { bin, krater } from './krater.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('commands');

const rules = `apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: shop }
spec:
  attributes:
    shop.basket: { type: INT64, description: things in the basket }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: no-big-baskets }
spec:
  match: request.headers["user"] == "zoe" && (shop.basket | 0) > 10
  actions:
  - handler: { adapter: denier, params: { message: too much } }
    instances: [{ name: all, template: checknothing }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: five-a-second }
spec:
  match: "true"
  actions:
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 5, window: 1s }] } }
    instances:
    - name: requests
      template: quota
      params: { dimensions: { user: 'request.headers["user"] | "anonymous"' } }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: counted }
spec:
  match: request.method == "GET"
  actions:
  - handler: { adapter: prometheus, params: { metrics: [{ kind: counter, name: requests_total, instance: one }] } }
    instances: [{ name: one, template: metric, params: { value: "1" } }]
`;
const shop = temporaryFolder({
  'rules.yaml': rules,
  'deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\n',
});
const broken = temporaryFolder({
  'rules.yaml': rules
    .replace('"zoe"', '5')
    .replace('memquota', 'memqouta')
    .replace('request.method', 'request.metod'),
});
const here = { cwd: shop };

test('an unknown command or option is wrong use, and comes with a suggestion', async () => {
  for (const args of [
    ['validat', '.'],
    ['validate', '.', '--strickt'],
    ['eval', '--format', 'xml'],
    ['validate'],
    ['up', '--admin-port', '70000'],
  ]) {
    const { code, stderr } = await krater(args, here);
    assert.is(code, 2, args.join(' '));
    golden(`wrong-use-${args.filter(arg => arg !== '.').join('-')}`, stderr);
  }
});

test('help and version are no failures', async () => {
  const help = await krater(['--help']);
  assert.is(help.code, 0);
  golden('help', help.stdout);
  assert.is((await krater(['help'])).stdout, help.stdout);
  assert.is((await krater(['help', 'validate'])).stdout, (await krater(['validate', '--help'])).stdout);
  assert.is((await krater(['help', 'validate'])).code, 0);
  assert.match((await krater(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('runs without help from npm: unbuilt sources are found by themselves', async () => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  assert.is((await krater(['validate', '.'], { ...here, env })).code, 0);
});

test('validate says that a good configuration is fine, and what it skipped', async () => {
  const { code, stdout, stderr } = await krater(['validate', '.'], here);
  assert.is(code, 0);
  golden('validate-fine', stderr + stdout);
});

test('validate prints every problem with its place', async () => {
  const { code, stdout, stderr } = await krater(['validate', '.'], { cwd: broken });
  assert.is(code, 1);
  golden('validate-broken', stderr + stdout);
});

test('validate --format json prints the same problems as objects', async () => {
  const { code, stdout, stderr } = await krater(['validate', '.', '--format', 'json'], { cwd: broken });
  assert.is(code, 1);
  assert.is(stderr, '');
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.equal(
    lines.map(line => line.problem?.place.line ?? line.verdict),
    [12, 23, 33, 'refused'],
  );
});

test('validate keeps its answer when nobody reads it to the end', async () => {
  for (const pipe of ['| head -1', '--format json | head -1', '2>&1 | head -1', '| true', '2>&1 | true']) {
    const command = `set -o pipefail; "${process.execPath}" "${bin}" validate . ${pipe}`;
    const [code] = await once(spawn('bash', ['-c', command], { cwd: broken, stdio: 'ignore' }), 'exit');
    assert.is(code, 1, pipe);
  }
});

test('validate --strict makes errors of warnings', async () => {
  const folder = temporaryFolder({ 'rules.yaml': rules.replace('(shop.basket | 0)', 'shop.basket') });
  assert.is((await krater(['validate', folder])).code, 0);
  const { code, stderr } = await krater(['validate', folder, '--strict']);
  assert.is(code, 1);
  assert.match(stderr, 'ATTRIBUTE_NOT_SUPPLIED');
});

test('a folder that is not there, or empty, is wrong use', async () => {
  assert.is((await krater(['validate', 'nowhere'], here)).code, 2);
  const { code, stderr } = await krater(['validate', temporaryFolder()]);
  assert.is(code, 2);
  assert.match(stderr, /CLI_EMPTY_FOLDER[\s\S]*hint: name another folder, or make one: krater init/);
});

test('attributes lists the vocabulary, and what a folder adds to it', async () => {
  const standard = await krater(['attributes']);
  assert.match(standard.stdout, /^request\.headers +STRING_MAP +check/m);
  assert.not.match(standard.stdout, 'shop.basket');
  assert.match(
    (await krater(['attributes', '.'], here)).stdout,
    /^shop\.basket +INT64 +check +things in the basket$/m,
  );
  const [first] = (await krater(['attributes', '--format', 'json'])).stdout.split('\n');
  assert.equal(Object.keys(JSON.parse(first ?? '')).slice(0, 3), ['name', 'type', 'description']);
});

test('eval types attributes by the vocabulary and says what was read', async () => {
  const { code, stdout } = await krater(['eval', 'request.size + 9007199254740993', '-a', 'request.size=2']);
  assert.is(code, 0);
  assert.is(stdout, '9007199254740995 (INT64)\n  read: request.size\n');
  const map = await krater([
    'eval',
    'request.headers["user"]',
    '-a',
    'request.headers[user]=zoe',
    '-a',
    'request.headers["x"]=y',
    '--format',
    'json',
  ]);
  assert.equal(JSON.parse(map.stdout), {
    value: 'zoe',
    type: 'STRING',
    referenced: ['request.headers', 'request.headers[user]'],
  });
});

test('header names are lower case, however they are written on the command line', async () => {
  for (const headers of ['request.headers={"X-User": "bob"}', 'request.headers[X-User]=bob']) {
    const { stdout } = await krater(['eval', 'request.headers["x-user"]', '-a', headers]);
    assert.match(stdout, /^"bob" /, headers);
  }
});

test('eval reads attributes from a file, and -a goes over it', async () => {
  writeFileSync(join(shop, 'request.txt'), 'request.headers: { user: ann }\nshop.basket: 9007199254740993\n');
  const args = ['eval', 'shop.basket', '--config', '.', '--attributes', 'request.txt'];
  assert.is((await krater(args, here)).stdout, '9007199254740993 (INT64)\n  read: shop.basket\n');
  assert.match((await krater([...args, '-a', 'shop.basket=1'], here)).stdout, /^1 \(INT64\)/);
});

test('eval says where an expression is wrong, and why one has no value', async () => {
  const wrong = await krater(['eval', 'request.heders["a"] == "b"']);
  assert.is(wrong.code, 1);
  golden('eval-unknown-attribute', wrong.stdout);
  const absent = await krater(['eval', 'request.headers["a"] == "b"']);
  assert.is(absent.code, 1);
  golden('eval-absent', absent.stdout);
});

test('eval takes JSON Logic too', async () => {
  const logic = '{"==": [{"var": "request.method"}, "GET"]}';
  const { stdout } = await krater(['eval', logic, '-a', 'request.method=GET']);
  assert.is(stdout, 'true (BOOL)\n  read: request.method\n');
  const wrong = await krater(['eval', logic.replace('method', 'metod')]);
  assert.is(wrong.code, 1);
  assert.match(wrong.stdout, /EXPRESSION_UNKNOWN_ATTRIBUTE .*\n {2}at ==\.0/);
  assert.is((await krater(['eval', '{"==": '])).code, 2);
});

test('attributes that do not fit are wrong use', async () => {
  for (const attribute of ['request.size=many', 'request.sise=1', 'request.size', 'request.size[a]=1']) {
    const { code, stderr } = await krater(['eval', 'true', '-a', attribute]);
    assert.is(code, 2, attribute);
    assert.match(stderr, /^CLI_BAD_ATTRIBUTE .*\n +hint: /, attribute);
  }
  assert.is((await krater(['eval', 'true', '--attributes', 'nowhere.yaml'])).code, 2);
  assert.is((await krater(['eval'])).code, 2);
});

test('eval --batch answers every line, a bad one with an error, and keeps integers exact', async () => {
  const lines = [
    '{"expression": "a + 1", "manifest": {"a": "INT64"}, "attributes": {"a": 9223372036854775806}}',
    'no json',
    '{"expression": "a + 1", "manifest": {"a": "INT64"}, "attributes": {"a": 9223372036854775807}}',
    '{"expression": "b", "manifest": {"a": "INT64"}, "attributes": {}}',
    '{"expression": "true", "manifest": {"__proto__": "BOOL"}, "attributes": {"__proto__": true}}',
  ];
  writeFileSync(join(shop, 'batch.jsonl'), lines.join('\n'));
  const { code, stdout } = await krater(['eval', '--batch', 'batch.jsonl'], here);
  assert.is(code, 0);
  golden('eval-batch', stdout);
  assert.is((await krater(['eval', '--batch', 'nowhere.jsonl'])).code, 2);
  const piped = await krater(['eval', '--batch', '-'], { ...here, input: lines.join('\n') });
  assert.equal([piped.code, piped.stdout], [0, stdout]);
});

test('explain shows the rules, what their matches came to, and the decision', async () => {
  const refused = await krater(
    ['explain', '.', '-a', 'request.headers[user]=zoe', '-a', 'shop.basket=11', '-a', 'request.method=GET'],
    here,
  );
  assert.is(refused.code, 1);
  golden('explain-refused', refused.stdout);
  const allowed = await krater(['explain', '.', '-a', 'request.headers[user]=zoe'], here);
  assert.is(allowed.code, 0);
  golden('explain-allowed', allowed.stdout);
});

test('explain --format json has rules and decision', async () => {
  const { stdout } = await krater(
    ['explain', '.', '-a', 'request.headers[user]=ann', '--format', 'json'],
    here,
  );
  const { rules, decision } = JSON.parse(stdout);
  assert.is(rules.length, 3);
  assert.is(decision.status.code, 'OK');
  assert.is(decision.charges[0].quota, 'requests');
});

test('explain prints the problems of a configuration that is refused', async () => {
  const { code, stderr } = await krater(['explain', '.'], { cwd: broken });
  assert.is(code, 1);
  assert.match(stderr, 'rules.yaml:23');
});

test('adapters lists what is installed, and describes one', async () => {
  const list = await krater(['adapters']);
  assert.match(list.stdout, /^denier +\d/m);
  const one = await krater(['adapters', 'denylist']);
  assert.is(one.code, 0);
  assert.match(one.stdout, /^denylist: .*\n\n {2}package .*\n {2}also called {2}listchecker\n/);
  const { params, templates } = JSON.parse(
    (await krater(['adapters', 'listchecker', '--format', 'json'])).stdout,
  );
  assert.is(params.type, 'object');
  assert.equal(templates, ['listentry']);
  const none = await krater(['adapters', 'denyer']);
  assert.is(none.code, 1);
  assert.match(none.stderr, 'did you mean "denier"?');
});

test('init writes a configuration that validates, and overwrites nothing', async () => {
  const folder = join(temporaryFolder(), 'policy');
  assert.is((await krater(['init', folder])).code, 0);
  const checked = await krater(['validate', folder, '--strict']);
  assert.is(checked.stdout, 'fine: 2 files, 0 errors, 0 warnings\n', checked.stderr);
  const again = await krater(['init', folder]);
  assert.is(again.code, 1);
  assert.match(again.stderr, 'CLI_FILE_EXISTS');
});

test('status says that nothing runs', async () => {
  const { code, stderr } = await krater(['status', '--address', '127.0.0.1:9']);
  assert.is(code, 1);
  golden('status-nothing', stderr);
  assert.is((await krater(['status', '--address', 'here'])).code, 2);
});

test.run();
