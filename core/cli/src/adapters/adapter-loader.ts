import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearest } from '@krater/documents';
import type { AdapterResolver, ResolvedAdapter } from '@krater/mixer';
import { adapterError } from './adapter-error.ts';
import { checkAdapter } from './adapter-shape.ts';
import { type FoundPackage, findPackage, folderUrl, listAdapterPackages } from './package-finder.ts';
import { importedFrom, shareCopiesWith } from './shared-copies.ts';

/** An adapter and where it came from. */
export interface LoadedAdapter extends ResolvedAdapter {
  readonly package: string;
  readonly version: string;
  /** The folder it really lies in. */
  readonly folder: string;
}

/** Finds adapters among the installed packages, and imports them. */
export interface AdapterLoader extends AdapterResolver {
  resolve(name: string, from: string): Promise<LoadedAdapter>;
  /** All that is installed; one that does not load comes with its error. */
  list(): Promise<readonly (LoadedAdapter | { readonly package: string; readonly error: unknown })[]>;
}

/**
 * An adapter name is looked up as `@krater/adapter-NAME`, `krater-adapter-NAME`, and then as it is: a package name, or a
 * path relative to the configuration. Looked up from the configuration's folder, the working folder, and the command's
 * own folder, in this order.
 *
 * @example await createAdapterLoader('policy').resolve('prometheus', 'policy/rules.yaml')
 */
export function createAdapterLoader(folder: string): AdapterLoader {
  const folders = adapterFolders(folder);

  return {
    async resolve(name, from) {
      const near = folderOf(from);
      const seen = near === undefined ? folders : [near, ...folders];
      if (/^\.{0,2}\//.test(name)) return loadPath(resolve(near ?? folder, name));
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
      return found === undefined ? byAlias(name, seen) : loadPackage(found);
    },

    list: () =>
      Promise.all(
        listAdapterPackages(folders).map(name =>
          loadPackage(findPackage(name, folders) as FoundPackage).catch(error => ({
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
async function byAlias(name: string, folders: readonly string[]): Promise<LoadedAdapter> {
  const installed = listAdapterPackages(folders);
  const matching: LoadedAdapter[] = [];
  for (const candidate of installed) {
    const loaded = await loadPackage(findPackage(candidate, folders) as FoundPackage).catch(() => undefined);
    if (loaded !== undefined && (loaded.adapter.aliases.includes(name) || loaded.adapter.name === name))
      matching.push(loaded);
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
  throw notInstalled(name, installed);
}

function notInstalled(name: string, installed: readonly string[]) {
  const names = installed.map(it => it.replace(/^@krater\/adapter-|^krater-adapter-/, ''));
  const meant = nearest(name, names);
  const install = `install it: npm install ${/^[a-z0-9-]+$/.test(name) ? `krater-adapter-${name}` : name}`;
  return adapterError(
    'ADAPTER_NOT_INSTALLED',
    `no adapter "${name}" is installed, found ${names.length === 0 ? 'none' : names.join(', ')}`,
    { hint: meant === undefined ? install : `did you mean "${meant}"?  else ${install}` },
  );
}

async function loadPackage(found: FoundPackage): Promise<LoadedAdapter> {
  const origin = `${found.name}@${found.version}`;
  const adapter = await importAdapter(importedFrom(found.from, found.name), found.root, origin);
  return { adapter, origin, package: found.name, version: found.version, folder: fileURLToPath(found.root) };
}

/** A file, or the folder of a package that is not installed. */
async function loadPath(path: string): Promise<LoadedAdapter> {
  if (!existsSync(path))
    throw adapterError('ADAPTER_NOT_INSTALLED', `there is no adapter at "${path}"`, {
      hint: 'paths start at the folder of the configuration file',
    });
  const file = statSync(path).isDirectory() ? mainFile(path) : path;
  const real = realpathSync(file);
  const adapter = await importAdapter(pathToFileURL(real).href, folderUrl(dirname(real)), path);
  return { adapter, origin: real, package: path, version: '', folder: dirname(real) };
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

async function importAdapter(specifier: string, root: string, origin: string) {
  shareCopiesWith(root);
  let namespace: { readonly default?: unknown };
  try {
    namespace = await import(specifier);
  } catch (cause) {
    const stripping = (cause as NodeJS.ErrnoException).code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING';
    throw adapterError(
      'ADAPTER_LOAD_FAILED',
      `importing adapter "${origin}" failed: ${(cause as Error).message?.split('\n')[0]}`,
      {
        cause,
        ...(stripping && {
          hint: 'an installed package must ship JavaScript: build it before packing, or link its folder: npm install FOLDER',
        }),
      },
    );
  }
  return checkAdapter(namespace.default, origin);
}

function folderOf(from: string): string | undefined {
  const path = resolve(from);
  if (!existsSync(path)) return undefined;
  return statSync(path).isDirectory() ? path : dirname(path);
}
