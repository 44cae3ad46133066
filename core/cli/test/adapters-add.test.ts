import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bin, krater } from './krater.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('krater adapters add');

const source = readFileSync(new URL('./fixtures/shout.ts', import.meta.url), 'utf8');
const manifest = {
  name: 'krater-adapter-shout',
  version: '1.2.3',
  description: 'refuses quiet callers',
  license: 'MIT',
  type: 'module',
  exports: './index.js',
  scripts: { postinstall: 'touch it-ran' },
};

/** A registry on this machine with one package. */
const server = createServer((request, response) => {
  if (request.url === '/shout.tgz') return response.end(tarball);
  if (request.url !== `/${manifest.name}`) return response.writeHead(404).end('{}');
  const dist = { tarball: `${registry}/shout.tgz` };
  const version = { ...manifest, dist, _npmUser: { name: 'zoe', email: 'zoe@example.com' } };
  response.setHeader('content-type', 'application/json').end(
    JSON.stringify({
      name: manifest.name,
      'dist-tags': { latest: '1.2.3' },
      versions: { '1.2.3': version },
      maintainers: [{ name: 'zoe', email: 'zoe@example.com' }],
      time: { '1.2.3': '2030-01-01T00:00:00.000Z' },
    }),
  );
});
let tarball: Buffer;
let registry: string;

test.before(async () => {
  const author = temporaryFolder({ 'package.json': JSON.stringify(manifest), 'index.js': source });
  await promisify(execFile)('npm', ['pack', '--ignore-scripts'], { cwd: author });
  tarball = readFileSync(join(author, 'krater-adapter-shout-1.2.3.tgz'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
test.after(() => void server.close().closeAllConnections());

const operator = () => temporaryFolder({ 'package.json': '{ "name": "operator", "private": true }' });
const add = (cwd: string, ...args: string[]) =>
  krater(['adapters', 'add', ...args], {
    cwd,
    env: { ...process.env, npm_config_registry: registry, npm_config_cache: join(cwd, '.npm') },
  });

test('shows whose package it is, installs it without running anything, and prints a handler that loads', async () => {
  const folder = operator();
  const { code, stdout, stderr } = await add(folder, 'shout', '--yes');
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, /^krater-adapter-shout 1\.2\.3\n {2}publisher +zoe <zoe@example\.com>\n/);
  assert.match(stdout, /published +2030-01-01/);
  assert.match(stdout, /scripts +it has install scripts, which will not run/);
  assert.match(stdout, /^installed krater-adapter-shout@1\.2\.3; its parameters: krater adapters shout$/m);
  const installed = join(folder, 'node_modules/krater-adapter-shout');
  assert.ok(existsSync(join(installed, 'index.js')));
  assert.not.ok(existsSync(join(installed, 'it-ran')));
  assert.is(
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies[manifest.name],
    '^1.2.3',
  );

  const handler = stdout.slice(stdout.indexOf('# refuses quiet callers'));
  assert.match(handler, '# loudness: integer, default 3, how many letters count as loud');
  writeFileSync(join(folder, 'handler.yaml'), handler);
  const checked = await krater(['validate', 'handler.yaml'], { cwd: folder });
  assert.is(checked.code, 0, checked.stderr);
});

test('installs nothing where nobody can be asked', async () => {
  const folder = operator();
  const { code, stdout, stderr } = await add(folder, 'krater-adapter-shout@1.2.3');
  assert.is(code, 2);
  assert.match(stdout, 'krater-adapter-shout 1.2.3');
  assert.match(stderr, /CLI_WRONG_USE nobody can be asked here[\s\S]*--yes/);
  assert.not.ok(existsSync(join(folder, 'node_modules')));
});

test('says that there is no such package', async () => {
  const { code, stderr } = await add(operator(), 'whisper', '--yes');
  assert.is(code, 1);
  assert.match(stderr, 'CLI_NPM_FAILED npm knows no package "krater-adapter-whisper"');
});

for (const name of ['--global', 'git+ssh://example.com/x', '../up', 'https://example.com/x.tgz', '']) {
  test(`takes ${JSON.stringify(name)} for no name of a package`, async () => {
    const { code, stderr } = await add(operator(), '--yes', '--', name);
    assert.is(code, 2);
    assert.match(stderr, 'is no name of an adapter or package');
  });
}

test('is beside a list of what is installed, and a JSON Schema of one', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'adapters', 'denylist', '--schema']);
  assert.is(JSON.parse(stdout).properties.mode.default, 'deny');
  assert.is((await krater(['adapters', '--schema'])).code, 2);
  assert.match(
    (await krater(['adapters'])).stdout,
    /^ADAPTER +VERSION +TEMPLATES +CONTRACT +ISOLATION +SUMMARY\n/,
  );
});

test.run();
