import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The parts of a package.json that the rules read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One package of the workspace; `folder` is relative to the root, with forward slashes. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

const skipped = (name: string) => name === 'node_modules' || name === 'dist' || name === '.git';

/** Files below a folder of the repository, relative to the root and sorted; never those of node_modules or dist. */
export function filesOf(folder: string, pattern: string): string[] {
  return globSync(pattern, {
    cwd: join(root, folder),
    withFileTypes: true,
    exclude: entry => skipped(entry.name),
  })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(textOf(join(folder, 'package.json')));
}

/** All packages, each after those of the workspace that it depends on. */
export function readPackages(): Package[] {
  const folders = (readManifest('.').workspaces ?? []).flatMap(pattern => globSync(pattern, { cwd: root }));
  const found = folders
    .filter(folder => globSync('package.json', { cwd: join(root, folder) }).length > 0)
    .sort()
    .map(folder => ({ name: readManifest(folder).name, folder, manifest: readManifest(folder) }));
  return inOrder(found);
}

/** What a package may import at run time. */
export function dependenciesOf({ manifest }: Package): string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}

function inOrder(packages: readonly Package[]): Package[] {
  const byName = new Map(packages.map(one => [one.name, one]));
  const ordered = new Set<Package>();
  const visit = (one: Package, trail: readonly string[]): void => {
    if (ordered.has(one)) return;
    if (trail.includes(one.name))
      throw new Error(`packages depend on one another: ${[...trail, one.name].join(' -> ')}`);
    for (const name of dependenciesOf(one)) {
      const other = byName.get(name);
      if (other) visit(other, [...trail, one.name]);
    }
    ordered.add(one);
  };
  for (const one of packages) visit(one, []);
  return [...ordered];
}
