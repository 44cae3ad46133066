import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Package, root } from '../workspace.ts';
import { buildPackages, publishedPackages } from './build.ts';
import { mustRun } from './command.ts';
import { checkOutsiders } from './outsider.ts';

/** Builds all packages, and looks at the packed files as a registry, a type checker and a user would. */
export async function checkPackaging(): Promise<void> {
  await buildPackages();
  const folder = mkdtempSync(join(tmpdir(), 'krater-packaging-'));
  try {
    const tarballs = await packAll(folder);
    for (const tarball of tarballs) await lintTarball(tarball, folder);
    await installTarballs(tarballs, folder);
    await checkOutsiders(tarballs, join(folder, 'outside'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function packAll(folder: string): Promise<string[]> {
  const workspaces = publishedPackages().flatMap(({ name }) => ['--workspace', name]);
  await mustRun('npm', ['pack', ...workspaces, '--pack-destination', folder], { cwd: root });
  return readdirSync(folder).map(name => join(folder, name));
}

async function lintTarball(tarball: string, cwd: string): Promise<void> {
  await mustRun('publint', ['run', tarball, '--strict'], { cwd });
  await mustRun('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii'], { cwd });
}

/** Installs them into an empty folder, embeds a Mixer, runs the command, and compiles an adapter against them. */
async function installTarballs(tarballs: readonly string[], cwd: string): Promise<void> {
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  await mustRun('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], { cwd });
  for (const name of ['embedding.js', 'third-party.ts']) {
    copyFileSync(new URL(`./${name}`, import.meta.url), join(cwd, name));
  }
  const told = await mustRun('node', ['embedding.js'], { cwd });
  if (told.trim() !== 'PERMISSION_DENIED') throw new Error(`the embedded mixer answered:\n${told}`);
  const version = await mustRun(join(cwd, 'node_modules/.bin/krater'), ['--version'], { cwd });
  if (!/^\d+\.\d+\.\d+$/.test(version.trim())) throw new Error(`krater --version answered:\n${version}`);
  const options = [
    '--ignoreConfig',
    '--strict',
    '--declaration',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    // What the published types need they bring along: no DOM, and no types that the user has asked for.
    '--lib',
    'es2024',
    '--types',
    '',
  ];
  writeFileSync(join(cwd, 'every-package.ts'), importsOfEvery(publishedPackages()));
  await mustRun('tsc', [...options, '--outDir', 'compiled', 'third-party.ts', 'every-package.ts'], { cwd });
  await mustRun('node', ['compiled/every-package.js'], { cwd });
}

/** What threads and child processes are started with: programs, which nobody imports. */
const programs: ReadonlySet<string> = new Set(['@krater/isolation/worker', '@krater/isolation/process']);

/** A program that imports every entry of every package, as values and as types. */
function importsOfEvery(packages: readonly Package[]): string {
  const entries = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {})
      .map(entry => name + entry.slice(1))
      .filter(entry => !programs.has(entry)),
  );
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const names = entries.map((_, index) => `entry${index}`).join(', ');
  return `${imports.join('\n')}\n\nexport const entries = [${names}] as const;\n`;
}
