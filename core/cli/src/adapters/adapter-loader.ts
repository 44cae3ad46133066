import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearest } from '@krater/documents';
import {
  importedFrom,
  type Namespace,
  offeredServices,
  revisionOf,
  shareCopiesWith,
} from '@krater/isolation/loading';
import type { AdapterModule, AdapterResolver, OfferedServices, ResolvedAdapter } from '@krater/mixer';
import { adapterError } from './adapter-error.ts';
import { checkAdapter } from './adapter-shape.ts';
import { importFailure } from './import-failure.ts';
import { guardImport } from './import-guard.ts';
import { type FoundPackage, findPackage, folderUrl, listAdapterPackages } from './package-finder.ts';

/** An adapter and where it came from. */
export interface LoadedAdapter extends ResolvedAdapter {
  readonly package: string;
  readonly version: string;
  /** The folder it really lies in. */
  readonly folder: string;
  readonly module: AdapterModule;
  /** Krater's own run inline, others in a worker, where their handlers do not say. */
  readonly isolation: 'inline' | 'worker';
}

/** Milliseconds that the import of an adapter may take. */
const importPatience = 10_000;

/** Finds adapters among the installed packages, and imports them. */
export interface AdapterLoader extends AdapterResolver {
  resolve(name: string, from: string): Promise<LoadedAdapter>;
  services(name: string, from: string): Promise<OfferedServices>;
  /** All that is installed; one that does not load comes with its error. */
  list(): Promise<readonly (LoadedAdapter | { readonly package: string; readonly error: unknown })[]>;
}

/**
 * An adapter name is looked up as `@krater/adapter-NAME`, `krater-adapter-NAME`, and then as it is: a package name, or a
 * path relative to the configuration. Looked up from the configuration's folder, the working folder, and the command's
 * own folder, in this order. `patience` is what an import may take, in milliseconds.
 *
 * @example await createAdapterLoader('policy').resolve('prometheus', 'policy/rules.yaml')
 */
export function createAdapterLoader(folder: string, patience = importPatience): AdapterLoader {
  const folders = adapterFolders(folder);

  return {
    async resolve(name, from) {
      const near = folderOf(from);
      const seen = near === undefined ? folders : [near, ...folders];
      if (/^\.{0,2}\//.test(name)) return loadPath(resolve(near ?? folder, name), patience);
      const candidates = [`@krater/adapter-${name}`, `krater-adapter-${name}`].flatMap(
        it => findPackage(it, seen) ?? [],
      );
      const found = candidates[0] ?? findPackage(name, seen);
      if (candidates.length > 1) {
        throw adapterError(
          'ADAPTER_AMBIGUOUS',
          `adapter "${name}" is both "${candidates[0]?.name}" and "${candidates[1]?.name}"`,
          {
            hint: `write which one: adapter: "${candidates[0]?.name}"`,
          },
        );
      }
      return found === undefined ? byAlias(name, seen, patience) : loadPackage(found, patience);
    },

    async services(name, from) {
      const near = folderOf(from) ?? folder;
      const source = /^\.{0,2}\//.test(name)
        ? moduleAt(resolve(near, name))
        : moduleOf(packageOf(name, [near, ...folders]));
      const { namespace, module } = await importModule(source, patience);
      return { services: offeredServices(namespace), origin: source.origin(), module };
    },

    list: () =>
      Promise.all(
        listAdapterPackages(folders).map(name =>
          loadPackage(findPackage(name, folders) as FoundPackage, patience).catch(error => ({
            package: name,
            error: error as unknown,
          })),
        ),
      ),
  };
}

/** Where adapters are looked for: the configuration's folder, the working folder, the command's own. */
export function adapterFolders(folder: string): readonly string[] {
  return [resolve(folder), process.cwd(), fileURLToPath(new URL('.', import.meta.url))];
}

/** Adapters may have other names; whoever has this one is found by asking all that are installed. */
async function byAlias(name: string, folders: readonly string[], patience: number): Promise<LoadedAdapter> {
  const installed = listAdapterPackages(folders);
  const matching: LoadedAdapter[] = [];
  const known: string[] = [];
  for (const candidate of installed) {
    const loaded = await loadPackage(findPackage(candidate, folders) as FoundPackage, patience).catch(
      () => undefined,
    );
    if (loaded === undefined) continue;
    const answersTo = [loaded.adapter.name, ...loaded.adapter.aliases];
    known.push(...answersTo);
    if (answersTo.includes(name)) matching.push(loaded);
  }
  const [first, second] = matching;
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) {
    throw adapterError(
      'ADAPTER_AMBIGUOUS',
      `adapter "${name}" is both "${first?.package}" and "${second.package}"`,
      {
        hint: `write which one: adapter: "${first?.package}"`,
      },
    );
  }
  throw notInstalled(name, installed, known);
}

function notInstalled(name: string, installed: readonly string[], known: readonly string[]) {
  const names = installed.map(it => it.replace(/^@krater\/adapter-|^krater-adapter-/, ''));
  const meant = nearest(name, [...new Set([...names, ...known, ...publishedAdapters])]);
  return adapterError(
    'ADAPTER_NOT_INSTALLED',
    `no adapter "${name}" is installed, found ${names.length === 0 ? 'none' : names.join(', ')}`,
    { hint: publishedAdapters.includes(name) ? installing(name) : (suggesting(meant) ?? lookup(name)) },
  );
}

/** The adapters that Krater publishes: the only ones that an operator is told to install by name. */
export const publishedAdapters: readonly string[] = [
  'denier',
  'denylist',
  'fluentd',
  'jsonlogic',
  'jwt',
  'logging',
  'memquota',
  'noop',
  'otlp',
  'prometheus',
  'rbac',
  'redisquota',
  'statsd',
  'tracing',
  'webhook',
];

const installing = (name: string) => `install it: npm install @krater/adapter-${name}`;

function suggesting(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `did you mean "${meant}"?  list them with: krater adapters`;
}

function lookup(name: string): string {
  const packages = /^[a-z0-9-]+$/.test(name) ? `@krater/adapter-${name}, krater-adapter-${name} and ` : '';
  return `looked for the npm packages ${packages}${name}: install one that serves it and that you trust, or write a path: adapter: ./${name.replace(/^.*\//, '')}.ts`;
}

/** Something to import: how, where its files lie (a file URL), what to call it. */
interface ModuleSource {
  readonly specifier: () => string;
  readonly root: string;
  readonly name: string;
  readonly origin: () => string;
}

function moduleOf(found: FoundPackage): ModuleSource {
  const origin = `${found.name}@${found.version}`;
  return {
    specifier: () => importedFrom(found.from, found.name),
    root: found.root,
    name: origin,
    origin: () => origin,
  };
}

/** A file, or the folder of a package that is not installed. */
function moduleAt(path: string): ModuleSource {
  if (!existsSync(path))
    throw adapterError('ADAPTER_NOT_INSTALLED', `there is no adapter at "${path}"`, {
      hint: 'paths start at the folder of the configuration file',
    });
  const isFolder = statSync(path).isDirectory();
  const folder = realpathSync(isFolder ? path : dirname(path));
  const file = () => realpathSync(isFolder ? mainFile(folder) : path);
  return { specifier: () => pathToFileURL(file()).href, root: folderUrl(folder), name: path, origin: file };
}

function packageOf(name: string, folders: readonly string[]): FoundPackage {
  for (const candidate of [`@krater/adapter-${name}`, `krater-adapter-${name}`, name]) {
    const found = findPackage(candidate, folders);
    if (found !== undefined) return found;
  }
  throw adapterError('ADAPTER_NOT_INSTALLED', `no package "${name}" is installed`, { hint: lookup(name) });
}

async function loadPackage(found: FoundPackage, patience: number): Promise<LoadedAdapter> {
  const source = moduleOf(found);
  const { namespace, module } = await importModule(source, patience);
  const adapter = checkAdapter(namespace.default, source.name);
  const { name, version, root } = found;
  const isolation = name.startsWith('@krater/') ? 'inline' : 'worker';
  const folder = fileURLToPath(root);
  return { adapter, origin: source.origin(), package: name, version, folder, module, isolation };
}

async function loadPath(path: string, patience: number): Promise<LoadedAdapter> {
  const source = moduleAt(path);
  const { namespace, module } = await importModule(source, patience);
  const adapter = checkAdapter(namespace.default, source.name);
  const origin = source.origin();
  const folder = dirname(origin);
  return { adapter, origin, package: path, version: '', folder, module, isolation: 'worker' };
}

function mainFile(folder: string): string {
  const manifest = join(folder, 'package.json');
  const { exports } = existsSync(manifest)
    ? JSON.parse(readFileSync(manifest, 'utf8'))
    : { exports: undefined };
  const main =
    typeof exports === 'string' ? exports : (exports?.['.']?.default ?? exports?.['.'] ?? exports?.default);
  return typeof main === 'string' ? join(folder, main) : createRequire(join(folder, '_.js')).resolve(folder);
}

/** Imports it, afresh where its files have changed since they were imported. */
async function importModule(
  source: ModuleSource,
  patience: number,
): Promise<{ readonly namespace: Namespace; readonly module: AdapterModule }> {
  const { root } = source;
  shareCopiesWith(root, import.meta.url);
  const revision = revisionOf(root);
  let url = '';
  const namespace: Namespace = await guardImport(patience, async () => {
    url = import.meta.resolve(source.specifier());
    return import(url);
  }).catch(thrown => {
    throw importFailure(thrown, root, source.name);
  });
  return { namespace, module: { url: url.replace(/\?.*$/, ''), root, revision } };
}

function folderOf(from: string): string | undefined {
  const path = resolve(from);
  if (!existsSync(path)) return undefined;
  return statSync(path).isDirectory() ? path : dirname(path);
}
