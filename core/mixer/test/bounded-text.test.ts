import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAtMost, readFileAtMost } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('bounded text');

function inFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'krater-text-'));
  return {
    path: (name: string) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const read = (path: string, maxSize = 100) => readFileAtMost(path, maxSize, new AbortController().signal);
const failure = (path: string) => read(path).then(String, (error: Error) => error.message);

test('is what a stream holds, and nothing of one that holds more', async () => {
  const bytes = Buffer.from('grün');
  const halves = [bytes.subarray(0, 3), bytes.subarray(3)];
  assert.is(await readAtMost(halves, 5), 'grün');
  assert.is(await readAtMost(halves, 4), undefined);
  assert.is(await readAtMost([], 0), '');
  let pulled = 0;
  const endless = (function* () {
    for (;;) {
      pulled++;
      yield bytes;
    }
  })();
  assert.is(await readAtMost(endless, 12), undefined);
  assert.is(pulled, 3);
});

test('of a file is read through links, also through those to what a process has open', async () => {
  using at = inFolder();
  writeFileSync(at.path('file'), 'text');
  symlinkSync('file', at.path('link'));
  symlinkSync('link', at.path('link-to-link'));
  assert.is(await read(at.path('link-to-link')), 'text');
  assert.is(await read(at.path('file'), 3), undefined);
  await using file = await open(at.path('file'));
  assert.is(await read(`/dev/fd/${file.fd}`), 'text');
});

test('is not read from what is no file: that is told at once', async () => {
  using at = inFolder();
  execFileSync('mkfifo', [at.path('pipe')]);
  assert.is(await failure(at.path('pipe')), 'the file is a pipe; allowed: a regular file');
  assert.is(await failure(at.path('.')), 'the file is a directory; allowed: a regular file');
  assert.is(await failure('/dev/zero'), 'the file is a device; allowed: a regular file');
  assert.match(await failure(at.path('nothing')), /^ENOENT/);
});

test('is not read from a pipe even when somebody writes to it, since it could not be read again', async () => {
  using at = inFolder();
  execFileSync('mkfifo', [at.path('pipe')]);
  await using writer = await open(at.path('pipe'), 'r+');
  await writer.write('text');
  assert.match(await failure(at.path('pipe')), /is a pipe/);
});

test('is not read for somebody who has gone', async () => {
  using at = inFolder();
  writeFileSync(at.path('file'), 'text');
  const reading = readFileAtMost(at.path('file'), 100, AbortSignal.abort(new Error('gone')));
  assert.is(await reading.catch((error: Error) => error.message), 'gone');
});

test.run();
