import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterFolders } from '../adapters/adapter-loader.ts';
import { findPackage } from '../adapters/package-finder.ts';
import type { Action } from '../command.ts';
import { cliError } from '../error.ts';
import { starterAdapters, starterFiles } from '../starter.ts';
import { exit } from '../terminal.ts';

/** `krater init [DIR]`: writes a configuration that `krater up` runs; never overwrites. */
export const init: Action<object> = async (terminal, [dir = '.']) => {
  const files = Object.entries(starterFiles).map(([name, text]) => [join(dir, name), text] as const);
  for (const [path] of files) if (existsSync(path)) throw exists(path);
  await mkdir(dir, { recursive: true });
  for (const [path, text] of files) {
    await writeFile(path, text, { flag: 'wx' });
    terminal.tell({ event: 'written', path }, `wrote ${path}`);
  }
  const packages = starterAdapters.map(name => `@krater/adapter-${name}`);
  const missing = packages.filter(name => findPackage(name, adapterFolders(dir)) === undefined);
  if (terminal.json) return exit.fine;
  const install = missing.length === 0 ? '' : `npm install ${missing.join(' ')} && `;
  terminal.tell({}, `\nnext: ${install}krater up ${dir}`);
  return exit.fine;
};

function exists(path: string) {
  return cliError('CLI_FILE_EXISTS', `"${path}" exists already; nothing was written`, {
    hint: 'name another folder: krater init DIR',
  });
}
