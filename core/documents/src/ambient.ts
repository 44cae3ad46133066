import { readFileSync, statSync } from 'node:fs';
import { clearTimeout, setTimeout } from 'node:timers';
import type { SecretSource } from './secret.ts';

/** The one place of this package that touches the ambient world; whoever hands over something else replaces it. */

/** A secret is a line, not a disk image. */
const largest = 64 * 1024;

/** Secrets from this process's environment and files. */
export const processSecrets: SecretSource = {
  env: name => process.env[name],
  file(path) {
    try {
      const about = statSync(path);
      return about.isFile() && about.size <= largest ? readFileSync(path, 'utf8') : undefined;
    } catch {
      return undefined;
    }
  },
};

/** Calls once after a delay in milliseconds; the returned function calls it off. */
export type After = (milliseconds: number, run: () => void) => () => void;

export const processAfter: After = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};
