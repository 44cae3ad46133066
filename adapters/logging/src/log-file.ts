import { constants, fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KraterError } from '@krater/mixer';
import type { Code } from './codes.ts';

/** Whether an open file is still the one at its path: false once it was deleted, or moved, or another one put in its place. */
export async function isAtPath(descriptor: number, path: string): Promise<boolean> {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  try {
    const found = await stat(path, { bigint: true });
    return found.ino === ino && found.dev === dev;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A path that may not be looked at says nothing of the file.
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

/** Opens or creates a file to append to, and the folders above it; a throw is LOGGING_CANNOT_OPEN. */
export function openAppend(path: string): number {
  const refuse = (why: string, cause?: unknown): never => {
    const code: Code = 'LOGGING_CANNOT_OPEN';
    throw new KraterError(code, `log file "${path}" cannot be opened: ${why}`, {
      hint: 'correct sink.path, or the permissions of its folder',
      cause,
      path: ['sink', 'path'],
    });
  };
  try {
    // Opening a pipe would wait for its reader, and with it the whole process.
    if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) refuse('it is a pipe');
    makeFolder(dirname(path));
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o640);
  } catch (error) {
    if ((error as KraterError).code === 'LOGGING_CANNOT_OPEN') throw error;
    return refuse((error as Error).message, error);
  }
}

/** Step by step, because the recursive form never ends where the system says "no such file" to a folder it will not make. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}
