import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A package on disk. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** The folder it was looked up from, as a file URL ending in a slash: importing it must start there too. */
  readonly from: string;
  /** Where it really lies (links followed), as a file URL ending in a slash. */
  readonly root: string;
}

/** Finds an installed package, as an import from the first of `folders` that sees it would. */
export function findPackage(name: string, folders: readonly string[]): FoundPackage | undefined {
  for (const folder of folders) {
    const from = folderUrl(folder);
    try {
      const manifest = findPackageJSON(name, from);
      if (manifest !== undefined) return describePackage(manifest, from);
    } catch {
      // Not a package name, or not installed here: the next folder may have it.
    }
  }
  return undefined;
}

/** Names of the installed packages that look like adapters, seen from any of `folders`. */
export function listAdapterPackages(folders: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const folder of folders) {
    for (let at = resolve(folder); ; at = dirname(at)) {
      const installed = join(at, 'node_modules');
      for (const entry of entries(join(installed, '@krater')))
        if (entry.startsWith('adapter-')) names.add(`@krater/${entry}`);
      for (const entry of entries(installed)) if (entry.startsWith('krater-adapter-')) names.add(entry);
      if (at === dirname(at)) break;
    }
  }
  return [...names].sort();
}

export function folderUrl(folder: string): string {
  return `${pathToFileURL(resolve(folder)).href.replace(/\/$/, '')}/`;
}

function describePackage(manifest: string, from: string): FoundPackage {
  const { name, version = '0.0.0', description = '' } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { name, version, description, from, root: folderUrl(dirname(realpathSync(manifest))) };
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
