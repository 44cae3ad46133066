import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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
