import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { adapterSource, testSource } from './adapter-files.ts';
import { devRequests, devRules } from './dev-files.ts';
import { CreateError } from './error.ts';
import { buildOptions, compilerOptions, ignored, manifest, readme } from './package-files.ts';

/** What is to be written. */
export interface AdapterPlan {
  /** As rules will call it: `shout`, of the package `krater-adapter-shout`. */
  readonly name: string;
  readonly summary: string;
  /** Names of templates of `@krater/templates`, at least one. */
  readonly templates: readonly string[];
  /** The version of Krater that it is written for. */
  readonly version: string;
}

/**
 * The files of a new adapter, by path.
 *
 * @example buildFiles({ name: 'shout', summary: 'refuses quiet callers', templates: ['listentry'], version: '0.1.0' })
 */
export function buildFiles(plan: AdapterPlan): Readonly<Record<string, string>> {
  return {
    'package.json': manifest(plan),
    'tsconfig.json': compilerOptions,
    'tsconfig.build.json': buildOptions,
    '.gitignore': ignored,
    'README.md': readme(plan),
    'src/index.ts': adapterSource(plan),
    'test/index.test.ts': testSource(plan),
    'dev/rules.yaml': devRules(plan),
    'dev/requests.jsonl': devRequests(),
  };
}

/** Writes them into a folder that must be new or empty; answers with their paths. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  if (existsSync(folder) && (await readdir(folder)).length > 0) {
    throw new CreateError(
      'CREATE_FOLDER_EXISTS',
      `"${folder}" exists and is not empty; nothing was written`,
      'choose another folder: --dir DIR',
    );
  }
  const paths = Object.entries(files).map(([path, text]) => [join(folder, path), text] as const);
  for (const [path, text] of paths) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
  }
  return paths.map(([path]) => path);
}
