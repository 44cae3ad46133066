import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { krater, startKrater, stopAll } from './krater.ts';
import { meshFiles } from './mesh.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('an adapter from outside the repository');
test.after(stopAll);
/** TypeScript that needs no annotation, and so is JavaScript too. */
const source = readFileSync(new URL('./fixtures/shout.ts', import.meta.url), 'utf8');

/** As an author publishes it: the peers are optional, because the command brings them. */
const manifest = (main: string) =>
  JSON.stringify({
    name: 'krater-adapter-shout',
    version: '1.0.0',
    type: 'module',
    exports: `./${main}`,
    files: [main],
    peerDependencies: { '@krater/mixer': '*', '@krater/templates': '*' },
    peerDependenciesMeta: { '@krater/mixer': { optional: true }, '@krater/templates': { optional: true } },
  });

const rules = `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: louder }
spec:
  match: context.reporter.kind == "inbound" && destination.service.name == "back"
  actions:
  - handler: { adapter: shout, params: { loudness: 5 } }
    instances:
    - name: user
      template: listentry
      params: { value: 'request.headers["user"]' }
    - { name: told, template: reportnothing }
`;

/** A folder with a mesh whose rule needs the adapter. */
const project = () =>
  temporaryFolder({
    ...meshFiles,
    'rules.yaml': rules,
    'package.json': '{ "name": "policy", "private": true }',
  });

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const offline = [...args, '--offline', '--no-audit', '--no-fund', '--cache', join(cwd, '.npm-cache')];
  return (await promisify(execFile)('npm', offline, { cwd, env })).stdout;
}

async function servesTheRule(folder: string): Promise<void> {
  const reference = await krater(['adapters', 'shout', '--config', folder]);
  assert.match(reference.stdout, /^shout: refuses quiet callers\n[\s\S]*loudness: integer, default 3\n/);
  const mesh = startKrater(['up', folder, '--port', '0', '--admin-port', '0', '--format', 'json']);
  const inbound = await mesh.address('back-v1 inbound');
  const asked = (user: string) => fetch(`http://${inbound}/`, { headers: { user } });
  const quiet = await asked('zoe');
  assert.is(quiet.status, 403);
  assert.match(await quiet.text(), '"zoe" is too quiet');
  assert.is((await asked('alexandra')).status, 200);
  const metrics = (await mesh.address('admin')).replace('/status', '/metrics');
  let heard = '';
  while (!/^krater_adapter_\w*heard\w*\{.*\} 2$/m.test(heard)) heard = await (await fetch(metrics)).text();
  const address = new URL(metrics).host;
  const described = await krater(['adapters', 'shout', '--config', folder, '--address', address]);
  assert.match(
    described.stdout,
    /\n {2}handler +istio-system\/louder\.actions\[0\] (ready|degraded) \(worker\)\n/,
  );
  assert.match(heard, /^krater_handler_state\{.*isolation="worker",state="(ready|degraded)"\} 1$/m);
  mesh.kill('SIGINT');
  assert.is((await mesh.ended).code, 0);
}

test('is missing at first, and the error says what to type', async () => {
  const { code, stderr } = await krater(['validate', project()]);
  assert.is(code, 1);
  assert.match(
    stderr,
    /rules\.yaml:7:\d+ ADAPTER_NOT_INSTALLED[\s\S]*hint: looked for .*krater-adapter-shout/,
  );
});

test('serves a rule when its folder is linked, as TypeScript', async () => {
  const author = temporaryFolder({ 'package.json': manifest('index.ts'), 'index.ts': source });
  const folder = project();
  await npm(folder, 'install', author);
  const installed = join(folder, 'node_modules/krater-adapter-shout');
  assert.ok(lstatSync(installed).isSymbolicLink());
  assert.not.ok(existsSync(join(author, 'node_modules')));
  await servesTheRule(folder);
});

test('serves a rule when it is installed from a packed tarball, as JavaScript', async () => {
  const author = temporaryFolder({
    'package.json': manifest('index.js'),
    'index.js': source,
  });
  const folder = project();
  const packed = (await npm(author, 'pack')).trim().split('\n').at(-1) ?? '';
  await npm(folder, 'install', join(author, packed));
  assert.not.ok(lstatSync(join(folder, 'node_modules/krater-adapter-shout')).isSymbolicLink());
  await servesTheRule(folder);
});

test('explain says of one that has no explain what the decision heard of it', async () => {
  const folder = project();
  writeFileSync(join(folder, 'shout.ts'), source);
  writeFileSync(join(folder, 'rules.yaml'), rules.replace('adapter: shout', 'adapter: ./shout.ts'));
  const request = ['-a', 'context.reporter.kind=inbound', '-a', 'destination.service.name=back'];
  const { code, stdout } = await krater(['explain', folder, ...request, '-a', 'request.headers[user]=zoe']);
  assert.is(code, 1);
  assert.match(
    stdout,
    /on user: asked by the decision below: refuses with PERMISSION_DENIED: "zoe" is too quiet/,
  );
});

test("its own check of the configuration is located in the operator's file", async () => {
  const author = temporaryFolder({ 'package.json': manifest('index.ts'), 'index.ts': source });
  const folder = project();
  await npm(folder, 'install', author);
  writeFileSync(
    join(folder, 'rules.yaml'),
    rules.replace('loudness: 5', 'loudness: 5, exempt: [ann, alexandra]'),
  );
  const { code, stderr } = await krater(['validate', folder]);
  assert.is(code, 1);
  assert.match(stderr, /rules\.yaml:7:69 ADAPTER_BAD_PARAMS .*"alexandra" is loud enough/);
});

test.run();
