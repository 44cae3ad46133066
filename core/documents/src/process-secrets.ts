import { readFileSync, statSync } from 'node:fs';
import type { SecretSource } from './secret.ts';

/** A secret is a line, not a disk image. */
const largest = 64 * 1024;

/** Secrets from this process's environment and files: the one place in this package that looks around unasked. */
export const processSecrets: SecretSource = {
  // biome-ignore lint/style/noRestrictedGlobals: the default; whoever hands a source to decode() replaces it
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
