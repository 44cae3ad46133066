// limit: 600 s
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as templates from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pieces } from '../src/index.ts';

const test = suite('create-krater-adapter');
const bin = fileURLToPath(new URL('../bin/create-krater-adapter.js', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folders: string[] = [];
test.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder outside the repository that sees the workspace's packages, unbuilt. */
function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'krater-create-')));
  folders.push(folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function run(
  cwd: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const running = promisify(execFile)(process.execPath, args, { cwd, timeout: 120_000 });
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}
const create = (cwd: string, ...args: string[]) => run(cwd, bin, ...args);
const tool = (name: string) => realpathSync(join(root, 'node_modules/.bin', name));
async function mustRun(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(cwd, ...args);
  assert.is(code, 0, `${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

test('knows every published template, as it is', () => {
  const published = Object.values(templates).map(({ name, variety, summary }) => ({
    name,
    variety,
    summary,
  }));
  const known = Object.entries(pieces).map(([name, { variety, summary }]) => ({ name, variety, summary }));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  assert.equal(known.sort(byName), published.sort(byName));
});

for (const served of [...Object.keys(pieces).map(name => [name]), Object.keys(pieces)]) {
  test(`writes an adapter for ${served.join(', ')} that needs no edit`, async () => {
    const folder = emptyFolder();
    const options = served.flatMap(name => ['--template', name]);
    await mustRun(folder, bin, 'try-it', ...options, '--summary', "does Zoe's\n*work*", '--yes');
    const cwd = join(folder, 'krater-adapter-try-it');
    await mustRun(cwd, tool('tsc'), '-p', '.', '--customConditions', 'krater-source', '--skipLibCheck');
    const tested = await mustRun(cwd, '--conditions=krater-source', '--test');
    assert.match(tested, /contract: serves every template/);
    assert.match(tested, /^# fail 0$|^ℹ fail 0$/m);

    const krater = join(root, 'core/cli/bin/krater.js');
    const sent = await mustRun(cwd, krater, 'adapters', 'dev', '--once', '--format', 'json');
    const events = sent
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    for (const template of served)
      assert.ok(
        events.some(it => it.event === 'received' && it.template === template),
        `${template}:\n${sent}`,
      );
    const bad = events.filter(it => it.event === 'failed' || it.error || it.problem || it.level === 'error');
    assert.equal(bad, []);

    const before = readFileSync(join(cwd, 'README.md'), 'utf8');
    await mustRun(cwd, krater, 'adapters', './src/index.ts', '--write', 'README.md');
    assert.is(readFileSync(join(cwd, 'README.md'), 'utf8'), before);
  });
}

test('writes nothing into a folder that holds something', async () => {
  const folder = emptyFolder();
  const { code, stderr } = await create(folder, 'shout', '--dir', '.', '--yes');
  assert.is(code, 1);
  assert.match(stderr, /^CREATE_FOLDER_EXISTS "." exists and is not empty; nothing was written\n {3}hint: /);
  assert.equal(readdirSync(folder), ['node_modules']);
});

test('takes the name of the package for that of the adapter', async () => {
  const folder = emptyFolder();
  const { stdout } = await create(folder, 'krater-adapter-shout', '--yes');
  assert.match(stdout, 'next: cd krater-adapter-shout && npm install && npm test && npm run dev');
  assert.match(readFileSync(join(folder, 'krater-adapter-shout/src/index.ts'), 'utf8'), "name: 'shout'");
});

for (const [args, said] of [
  [[], /^CREATE_WRONG_USE no name was given\n/],
  [['a', 'b'], /^CREATE_WRONG_USE "b" is one name too many\n/],
  [['a', '--tempalte', 'quota'], /^CREATE_WRONG_USE Unknown option '--tempalte'\n/],
  [['Shout!'], /^CREATE_BAD_NAME adapter name "Shout!" is no word of lower-case letters/],
  [['../up'], /^CREATE_BAD_NAME /],
  [['true'], /^CREATE_BAD_NAME /],
  [
    ['a', '--template', 'qouta'],
    /^CREATE_UNKNOWN_TEMPLATE there is no template "qouta"; there are listentry, /,
  ],
  [['a', '--template', 'toString'], /^CREATE_UNKNOWN_TEMPLATE /],
] as const) {
  test(`says what is wrong with: ${args.join(' ') || 'nothing'}`, async () => {
    const { code, stderr } = await create(emptyFolder(), ...args);
    assert.is(code, 2);
    assert.match(stderr, said);
  });
}

test.run();
