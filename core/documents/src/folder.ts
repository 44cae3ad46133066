import { type Dirent, promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Code } from './codes.ts';
import { KraterError } from './error.ts';
import { largestFile, type SourceFile } from './problem.ts';

/** What a folder held: its YAML files, and every folder in which a change can change them. */
export interface FolderContent {
  readonly files: readonly SourceFile[];
  readonly folders: readonly string[];
}

const mostFiles = 100_000;

/**
 * The YAML files (`.yaml`, `.yml`) of a folder and the folders in it, sorted by path; or the one file that `path` names.
 * Symbolic links are followed, each folder once. `node_modules` and names with a leading dot are left out, so that the
 * `..data` layout of a mounted Kubernetes ConfigMap is read once.
 *
 * @throws KraterError FILE_NOT_FOUND, FILE_BROKEN_LINK, FILE_NOT_TEXT, FILE_TOO_LARGE
 * @example const files = await readFolder('policy');
 */
export async function readFolder(path: string): Promise<SourceFile[]> {
  return [...(await readContent(path)).files];
}

/** {@link readFolder}, and which folders to watch. */
export async function readContent(path: string): Promise<FolderContent> {
  const about = await fs.stat(path).catch(() => undefined);
  if (!about) throw failure('FILE_NOT_FOUND', `no file or folder "${path}"`, 'correct the path');
  const walk = new Walk();
  if (about.isDirectory()) await walk.folder(path);
  else await walk.file(path);
  const files = walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, folders: [...walk.folders] };
}

class Walk {
  readonly files: SourceFile[] = [];
  readonly folders = new Set<string>();
  /** Links may lead in circles, or twice to one folder. */
  readonly #visited = new Set<string>();

  async folder(path: string): Promise<void> {
    const real = await fs.realpath(path);
    if (this.#visited.has(real)) return;
    this.#visited.add(real);
    this.folders.add(real);
    for (const entry of await fs.readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      await this.#entry(entry, join(path, entry.name));
    }
  }

  async #entry(entry: Dirent, path: string): Promise<void> {
    if (entry.isDirectory()) return this.folder(path);
    const yaml = /\.ya?ml$/.test(entry.name);
    if (!entry.isSymbolicLink()) return yaml && entry.isFile() ? this.file(path) : undefined;
    const target = await fs.stat(path).catch(() => undefined);
    if (target?.isDirectory()) return this.folder(path);
    if (yaml && target?.isFile()) return this.file(path);
    // Loading less than was meant could open what a rule should close.
    if (yaml && !target)
      throw failure(
        'FILE_BROKEN_LINK',
        `"${path}" links to nothing`,
        'remove the link, or restore its target',
      );
  }

  async file(path: string): Promise<void> {
    if (this.files.length === mostFiles) {
      throw failure(
        'FILE_TOO_LARGE',
        `more than ${mostFiles} YAML files`,
        'name the folder of the configuration only',
      );
    }
    const bytes = await fs.readFile(path).catch(error => {
      if (error.code === 'ENOENT') return undefined;
      throw failure('FILE_NOT_FOUND', `cannot read "${path}": ${error.code}`, 'check who may read it');
    });
    // Gone since it was listed: the next look will not list it.
    if (bytes === undefined) return;
    this.folders.add(dirname(await fs.realpath(path).catch(() => path)));
    this.folders.add(await fs.realpath(dirname(path)));
    this.files.push({ path, text: textOf(path, bytes) });
  }
}

function textOf(path: string, bytes: Buffer): string {
  if (bytes.length > largestFile) {
    throw failure(
      'FILE_TOO_LARGE',
      `"${basename(path)}" has ${bytes.length} bytes, allowed: ${largestFile}`,
      'split it',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw failure('FILE_NOT_TEXT', `"${path}" is not UTF-8 text`, 'save it as UTF-8');
  }
}

function failure(code: Code, message: string, hint: string): KraterError {
  return new KraterError(code, message, { hint });
}
