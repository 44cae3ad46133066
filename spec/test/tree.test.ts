import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf, textOf } from '../workspace.ts';

const tree = suite('tree');

const folders = ['core', 'templates', 'adapters', 'config', 'proxy', 'plugins', 'examples', 'spec'];
const sources = folders.flatMap(folder => filesOf(folder, '**/*.{ts,js}'));
const linesOf = (path: string) => textOf(path).split('\n').length - 1;

tree('has no source file over 400 lines: a file is a page, not a book', () => {
  const long = sources.filter(path => linesOf(path) > 400);
  assert.equal(
    long.map(path => `${path}: ${linesOf(path)} lines`),
    [],
  );
});

tree('has nothing left to do in comments', () => {
  const mark = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
  assert.equal(
    sources.filter(path => mark.test(textOf(path))),
    [],
  );
});

tree('names files for what they hold, never as an attic', () => {
  const attics = /(?:^|\/)(?:utils?|helpers?|common|misc|types)(?:\/|\.ts$)/;
  assert.equal(
    sources.filter(path => attics.test(path)),
    [],
  );
});

tree('has the folders of the design at the top and no others', () => {
  const found = new Set(
    filesOf('.', '*/**/*')
      .map(path => path.split('/')[0] ?? '')
      .filter(name => !name.startsWith('.')),
  );
  assert.equal(
    [...found].filter(name => !folders.includes(name)),
    [],
  );
});

tree('has a lock file that names no registry', () => {
  const lock = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
  const resolved = Object.entries(lock.packages).filter(([, { resolved }]) => /^\w+:/.test(resolved ?? ''));
  assert.equal(
    resolved.map(([name]) => name),
    [],
  );
});

tree('ends every test file with the run that makes it count', () => {
  const silent = filesOf('.', '**/*.test.ts').filter(path => !/\.run\(\)|Suite\(/.test(textOf(path)));
  assert.equal(silent, []);
});

tree.run();
