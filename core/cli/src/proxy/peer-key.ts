import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cliError } from '../error.ts';

/** The variable that holds the key under which the sidecars of one mesh vouch for their callers. */
export const peerKeyVariable = 'KRATER_PEER_KEY';

/**
 * The key of a proxy that runs on its own: from a file, or the environment. Without one it makes its own, which no other
 * proxy knows: it then cannot tell who calls.
 */
export function readPeerKey(file: string | undefined): {
  readonly key: Buffer | string;
  readonly shared: boolean;
} {
  if (file !== undefined) {
    try {
      return { key: readFileSync(file, 'utf8').trim(), shared: true };
    } catch (cause) {
      throw cliError('CLI_UNREADABLE_FILE', `the peer key "${file}" cannot be read`, {
        cause,
        hint: 'name a file with at least 16 random characters, the same for all proxies',
      });
    }
  }
  const given = process.env[peerKeyVariable];
  return given ? { key: given, shared: true } : { key: randomBytes(32), shared: false };
}
