// needs: script
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('create-krater-adapter at a terminal');
const bin = fileURLToPath(new URL('../bin/create-krater-adapter.js', import.meta.url));
const folders: string[] = [];
test.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs it at a terminal, typing each answer when its question has come. */
async function talk(args: string, answers: readonly (readonly [question: RegExp, answer: string])[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'krater-create-'));
  folders.push(cwd);
  const child = spawn('script', ['-qec', `${process.execPath} ${bin} ${args}`, '/dev/null'], { cwd });
  const left = [...answers];
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
    const [next] = left;
    if (next === undefined || !next[0].test(heard)) return;
    left.shift();
    heard = '';
    child.stdin.write(`${next[1]}\n`);
  });
  const code = await new Promise(resolve => child.once('close', resolve));
  return { code, cwd, unasked: left.length };
}

test('asks what it serves, again where there is no such template, and what it does', async () => {
  const { code, cwd, unasked } = await talk('shout', [
    [/1 {2}listentry +check[\s\S]*Names or numbers.*: /, '1, qouta'],
    [/there is no template "qouta"[\s\S]*Names or numbers.*: /, '1, quota'],
    [/What does it do, in a few words\? \[serves listentry, quota\] /, 'asks about quiet callers'],
  ]);
  assert.is(code, 0);
  assert.is(unasked, 0);
  const source = readFileSync(join(cwd, 'krater-adapter-shout/src/index.ts'), 'utf8');
  assert.match(source, 'templates: [listentry, quota],');
  assert.match(source, "summary: 'asks about quiet callers',");
});

test('takes what is in brackets for an empty answer, and asks for nothing that was said', async () => {
  const { code, cwd, unasked } = await talk('shout --template metric', [[/What does it do.*metric\] /, '']]);
  assert.is(code, 0);
  assert.is(unasked, 0);
  assert.match(
    readFileSync(join(cwd, 'krater-adapter-shout/src/index.ts'), 'utf8'),
    "summary: 'serves metric',",
  );
});

test.run();
