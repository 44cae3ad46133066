import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServiceRegistry, serviceKind } from '@krater/config';
import { type AnyAdapter, checkConfig } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blocksOf, linksOf, pages } from '../source/markdown.ts';
import { filesOf, readPackages, root } from '../workspace.ts';

const docs = suite('docs');

const adapterNames = readPackages()
  .map(({ name }) => name)
  .filter(name => name.startsWith('@krater/adapter-'));
/** Those that are written as an outsider would, and are not part of the workspace. */
const outside = filesOf('plugins', 'krater-adapter-*/src/index.ts').map(path => join(root, path));
const adapters: AnyAdapter[] = await Promise.all(
  [...adapterNames, ...outside].map(async name => ((await import(name)) as { default: AnyAdapter }).default),
);

const configurations = pages()
  // The guide's rules are for the adapter that it makes: npm run check packaging follows it from its first line to its last.
  .filter(file => /(^|\/)README\.md$/.test(file) && !file.startsWith('plugins/create-krater-adapter/'))
  .flatMap(blocksOf)
  .filter(({ language, text }) => language === 'yaml' && text.includes('apiVersion:'));

docs('know all bundled adapters', () => {
  assert.ok(adapterNames.length >= 7);
  assert.ok(outside.length >= 2);
});

for (const { file, line, text } of configurations) {
  docs(`load the configuration at ${file}:${line} as it is printed`, async () => {
    const kinds = [serviceKind(createServiceRegistry())];
    const { problems } = await checkConfig({ config: [{ path: file, text }], adapters, kinds });
    const errors = problems.filter(({ severity }) => severity === 'error');
    assert.equal(
      errors.map(({ code, message, frame }) => `${code} ${message}\n${frame}`),
      [],
    );
  });
}

docs('link to files that exist', () => {
  const broken = pages().flatMap(file =>
    linksOf(file)
      .filter(target => !existsSync(join(root, dirname(file), target)))
      .map(target => `${file} links to ${target}`),
  );
  assert.equal(broken, []);
});

docs.run();
