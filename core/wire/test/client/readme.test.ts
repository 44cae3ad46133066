import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the README');

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test('has an example that prints what it says', () => {
  const [, example = ''] = /```ts\n(.*?)\n```/s.exec(readFileSync(fromHere('../../README.md'), 'utf8')) ?? [];
  const expected = [...example.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
  assert.is(expected.length, 3);
  const folder = mkdtempSync(join(tmpdir(), 'krater-wire-'));
  try {
    symlinkSync(fromHere('../../../../node_modules'), join(folder, 'node_modules'));
    const program = join(folder, 'program.mts');
    writeFileSync(program, example);
    const options = { encoding: 'utf8', timeout: 60_000 } as const;
    const printed = execFileSync(process.execPath, ['--conditions=krater-source', program], options);
    assert.equal(printed.trim().split('\n'), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
