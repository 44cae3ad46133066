import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Action } from '../command.ts';
import { cliError } from '../error.ts';
import { starterFiles } from '../starter.ts';
import { exit } from '../terminal.ts';

/** `krater init [DIR]`: writes a configuration that `krater up` runs; never overwrites. */
export const init: Action<object> = async (terminal, [dir = '.']) => {
  await mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(starterFiles)) {
    const path = join(dir, name);
    try {
      await writeFile(path, text, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw cliError('CLI_FILE_EXISTS', `"${path}" exists already and is left as it is`, {
        hint: 'name another folder: krater init DIR',
      });
    }
    terminal.tell({ event: 'written', path }, `wrote ${path}`);
  }
  if (!terminal.json) terminal.tell({}, `\nnext: krater up ${dir}`);
  return exit.fine;
};
