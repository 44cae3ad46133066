import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeWordsIn } from '../source/code-word.ts';
import { importsOfFile, packageOf } from '../source/imports.ts';
import { dependenciesOf, filesOf, readPackages } from '../workspace.ts';

const source = suite('source reading');

source('finds every import of a file, and which are erased', () => {
  const found = importsOfFile('spec/fixtures/imports.txt');
  assert.equal(
    found.map(({ specifier, type }) => (type ? `type ${specifier}` : specifier)),
    [
      'type erased',
      'effect',
      '@scope/package/subpath',
      './neighbour.ts',
      'node:fs',
      'lazy',
      'type lazy-type',
    ],
  );
});

source('tells what a capital word is compared with, if it is', () => {
  const comparedWith = (text: string) => codeWordsIn(text).map(one => one.comparedWith);
  assert.equal(comparedWith("throw failure('A_RAISED', text);"), [undefined]);
  assert.equal(comparedWith("if ((error as KraterError).code !== 'A_CAUGHT') throw error;"), [
    'KraterError).code',
  ]);
  assert.equal(comparedWith("if (\n  type ===\n    'A_TYPE'\n)"), ['type']);
  assert.equal(comparedWith("'A_CAUGHT' === code ? 'B_ONE' : 'B_OTHER'"), ['code', undefined, undefined]);
  assert.equal(comparedWith("code === 'A_CAUGHT' ? 'B_ONE' : 'B_OTHER'"), ['code', undefined, undefined]);
  assert.equal(comparedWith("case 'A_CASE':\n  return 'B_ONE';"), ['case', undefined]);
  assert.equal(comparedWith("new Set(['A_B', 'lower', 'SINGLE', 'C_D'])"), [undefined, undefined]);
});

source('tells a package from a path and from Node itself', () => {
  const named = ['@scope/package/subpath', 'lodash/fp', './near.ts', '../far.ts', 'node:fs'].map(packageOf);
  assert.equal(named, ['@scope/package', 'lodash', undefined, undefined, undefined]);
});

source('lists packages after those they depend on', () => {
  const packages = readPackages();
  const names = packages.map(({ name }) => name);
  const early = packages.flatMap((one, index) =>
    dependenciesOf(one)
      .filter(name => names.indexOf(name) > index)
      .map(name => `${one.name} before ${name}`),
  );
  assert.equal(early, []);
});

source('lists files without those that are installed or built', () => {
  const files = filesOf('.', '**/*.ts');
  assert.ok(files.includes('spec/workspace.ts'));
  assert.equal(
    files.filter(path => /(^|\/)(node_modules|dist)\//.test(path)),
    [],
  );
});

source.run();
