import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, type Package, readPackages, root, textOf } from '../workspace.ts';
import { mustRun } from './command.ts';

/** The packages that are published: those of the workspace that are not private. */
export function publishedPackages(): Package[] {
  return readPackages().filter(({ manifest }) => manifest.private !== true);
}

/**
 * Compiles every published package into its `dist`, in the order of their dependencies, so that each is checked against
 * what the ones before it publish and not against their sources.
 */
export async function buildPackages(told: (name: string) => void = () => {}): Promise<void> {
  for (const one of publishedPackages()) {
    await buildPackage(one);
    told(one.name);
  }
}

async function buildPackage({ name, folder }: Package): Promise<void> {
  const dist = join(root, folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await mustRun('tsc', ['-p', writeProject(name, folder)], { cwd: root });
  for (const path of filesOf(folder, 'src/**/*').filter(path => !path.endsWith('.ts'))) {
    cpSync(join(root, path), join(dist, path.slice(`${folder}/src/`.length)));
  }
  for (const path of filesOf(folder, 'src/**/*.ts')) {
    if (/new URL\('[^']*\.ts'/.test(textOf(path))) {
      throw new Error(
        `${path}: the compiler does not rewrite ".ts" in new URL(): import.meta.resolve() a package path`,
      );
    }
  }
}

/** Writes the project of one package beside the installed packages, which is where its types are looked up. */
function writeProject(name: string, folder: string): string {
  const caches = join(root, 'node_modules/.cache/krater');
  mkdirSync(caches, { recursive: true });
  const path = join(caches, `${name.replace('/', '-')}.json`);
  const source = join(root, folder, 'src');
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      customConditions: [],
      rootDir: source,
      outDir: join(root, folder, 'dist'),
    },
    include: [source],
  };
  writeFileSync(path, JSON.stringify(project));
  return path;
}
