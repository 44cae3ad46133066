import { readFileSync } from 'node:fs';
import { parseUnreachable } from '@krater/config';
import type { Unreachable } from '@krater/mixer';
import { parseMixerAddress, type TransportKind, type TransportTls } from '@krater/wire';
import { cliError } from '../error.ts';

/** Flags of every command that speaks to a Mixer. */
export interface ConnectionFlags {
  readonly transport: TransportKind;
  /** Files: the authority of the Mixer's certificate, and our own certificate and key. */
  readonly mixerCa?: string;
  readonly mixerCert?: string;
  readonly mixerKey?: string;
  /** The name that the Mixer's certificate must bear, where it is not that of the address. */
  readonly mixerName?: string;
}

/** TLS towards a Mixer as the flags say; undefined for plain text. */
export function transportTls({
  mixerCa,
  mixerCert,
  mixerKey,
  mixerName,
}: ConnectionFlags): TransportTls | undefined {
  if ((mixerCert === undefined) !== (mixerKey === undefined)) {
    throw cliError('CLI_WRONG_USE', 'a certificate and its key belong together', {
      hint: 'give both --mixer-cert and --mixer-key',
    });
  }
  if (mixerCa === undefined && mixerCert === undefined) return undefined;
  return {
    ...(mixerCa !== undefined && { ca: readText(mixerCa) }),
    ...(mixerCert !== undefined && { cert: readText(mixerCert) }),
    ...(mixerKey !== undefined && { key: readText(mixerKey) }),
    ...(mixerName !== undefined && { serverName: mixerName }),
  };
}

/**
 * Reads `HOST:PORT` or `unix:PATH`, several with commas between them.
 *
 * @throws KraterError WIRE_BAD_ADDRESS
 */
export function parseMixerAddresses(text: string): readonly string[] {
  const addresses = text.split(',').map(address => address.trim());
  for (const address of addresses) parseMixerAddress(address);
  return addresses;
}

/** Reads `allow`, `deny` or `cached(30s)`. */
export function readUnreachable(text: string): Unreachable {
  const read = parseUnreachable(text);
  if (read !== undefined) return read;
  throw cliError('CLI_WRONG_USE', `"${text}" does not say what an unreachable Mixer means`, {
    hint: 'write allow, deny, or cached(AGE), such as "cached(30s)"',
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw cliError('CLI_UNREADABLE_FILE', `"${path}" cannot be read`, { cause });
  }
}
