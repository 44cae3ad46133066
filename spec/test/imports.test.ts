import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Import, importsOf, importsOfFile, packageOf } from '../source/imports.ts';
import { dependenciesOf, filesOf, type Package, readManifest, readPackages, root } from '../workspace.ts';

const imports = suite('import rules');

/** What each package may import of the others: imports point one way. A `*` stands for the adapters. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  '@krater/documents': [],
  '@krater/mixer': ['@krater/documents'],
  '@krater/templates': ['@krater/mixer'],
  '@krater/isolation': ['@krater/documents', '@krater/mixer'],
  '@krater/adapter-*': ['@krater/mixer', '@krater/templates'],
  '@krater/config': ['@krater/documents', '@krater/mixer'],
  '@krater/wire': ['@krater/documents', '@krater/mixer'],
  '@krater/proxy': ['@krater/documents', '@krater/mixer', '@krater/config', '@krater/templates'],
  '@krater/cli': [
    '@krater/documents',
    '@krater/mixer',
    '@krater/templates',
    '@krater/isolation',
    '@krater/config',
    '@krater/proxy',
    '@krater/wire',
  ],
  'create-krater-adapter': [],
};

const packages = readPackages();
const published = packages.filter(({ manifest }) => manifest.private !== true);
const kindOf = (name: string) => (name.startsWith('@krater/adapter-') ? '@krater/adapter-*' : name);
const told = ({ file, specifier }: Import) => `${file} imports ${specifier}`;

/** Types of globals: referred to, not imported, and of which a program can have one version only, its own. */
const ofTheHost = new Set(['@types/node']);

/** Imports of a package's sources that lead to other packages. */
function foreign(one: Package): (Import & { target: string })[] {
  return importsOf(one, 'src').flatMap(found => {
    const target = packageOf(found.specifier);
    return target === undefined || target === one.name ? [] : [{ ...found, target }];
  });
}

imports('reads the whole workspace', () => {
  assert.ok(published.length >= 13, `${published.length} packages`);
  assert.equal(
    published.map(({ name }) => kindOf(name)).filter(name => !(name in allowed)),
    [],
  );
});

imports('point one way: documents, mixer, templates, adapters, config, proxy, cli', () => {
  const wrong = published.flatMap(one =>
    foreign(one).filter(
      ({ target }) => target.startsWith('@krater/') && !allowed[kindOf(one.name)]?.includes(target),
    ),
  );
  assert.equal(wrong.map(told), []);
});

imports('are declared by the package that makes them', () => {
  const wrong = published.flatMap(one => {
    const declared = dependenciesOf(one);
    return foreign(one).filter(({ target }) => !declared.includes(target));
  });
  assert.equal(wrong.map(told), []);
});

imports('use every dependency that is declared', () => {
  const unused = published.flatMap(one => {
    const used = new Set(foreign(one).map(({ target }) => target));
    return dependenciesOf(one)
      .filter(name => !used.has(name) && !ofTheHost.has(name))
      .map(name => `${one.name} declares ${name}`);
  });
  assert.equal(unused, []);
});

imports('name Node\'s own modules by "node:"', () => {
  const wrong = packages.flatMap(one =>
    [...importsOf(one, 'src'), ...importsOf(one, 'test')].filter(({ specifier }) =>
      builtinModules.includes(specifier),
    ),
  );
  assert.equal(wrong.map(told), []);
});

imports('of an adapter reach its contract, its templates and its own backend library only', () => {
  const wrong = published
    .filter(({ name }) => kindOf(name) === '@krater/adapter-*')
    .flatMap(one => foreign(one).filter(({ target }) => ['zod', 'yaml', 'inversify'].includes(target)));
  assert.equal(wrong.map(told), []);
});

imports('let an adapter bring no second mixer: it is a peer', () => {
  const adapters = published.filter(({ name }) => kindOf(name) === '@krater/adapter-*');
  assert.equal(
    adapters
      .filter(({ manifest }) => '@krater/mixer' in (manifest.dependencies ?? {}))
      .map(({ name }) => name),
    [],
  );
  assert.equal(
    adapters
      .filter(({ manifest }) => !('@krater/mixer' in (manifest.peerDependencies ?? {})))
      .map(({ name }) => name),
    [],
  );
});

imports(
  'of the sample adapters in plugins are those of an outsider: what is published, by its public paths',
  () => {
    const samples = filesOf('plugins', 'krater-adapter-*/{src,test}/**/*.ts').flatMap(importsOfFile);
    assert.ok(samples.length >= 8, `${samples.length} imports`);
    const open = /^(?:node:|\.\.?\/(?!\.\.)|uvu(?:\/assert)?$|@krater\/(?:mixer(?:\/testing)?|templates)$)/;
    assert.equal(samples.filter(({ specifier }) => !open.test(specifier)).map(told), []);
  },
);

imports('stay inside their package: relative paths end in ".ts" and never leave the folder', () => {
  const wrong = packages.flatMap(one =>
    importsOf(one, 'src').filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const path = join(dirname(file), specifier);
      return !path.startsWith(`${one.folder}/src/`) || !path.endsWith('.ts') || !existsSync(join(root, path));
    }),
  );
  assert.equal(wrong.map(told), []);
});

/** Folders whose files may call one another in a circle, each for its reason. */
const circular: Readonly<Record<string, string>> = {
  'core/mixer/src/expression/':
    'one closure is built from those of its parts, whatever kind of node they are',
};

imports('have no cycles between files, types aside', () => {
  const excepted = (file: string) => Object.keys(circular).some(folder => file.startsWith(folder));
  const cycles = packages.flatMap(one => findCycles(runTimeGraph(one)));
  assert.equal(
    cycles.filter(cycle => !cycle.every(excepted)).map(cycle => cycle.join(' -> ')),
    [],
  );
});

imports('pin every version exactly', () => {
  const manifests = [{ name: 'root', manifest: readManifest('.') }, ...packages];
  const loose = manifests.flatMap(({ name, manifest: { dependencies, devDependencies, peerDependencies } }) =>
    Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies })
      .filter(([dependency]) => name === 'root' || !ofTheHost.has(dependency))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      .map(([dependency, version]) => `${name}: ${dependency} ${version}`),
  );
  assert.equal(loose, []);
});

imports.run();

function runTimeGraph(one: Package): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const { file, specifier, type } of importsOf(one, 'src')) {
    if (type || !specifier.startsWith('.')) continue;
    graph.set(file, [...(graph.get(file) ?? []), join(dirname(file), specifier)]);
  }
  return graph;
}

function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file]);
    if (trail.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}
