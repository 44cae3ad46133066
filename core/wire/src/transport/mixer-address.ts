import { KraterError } from '@krater/mixer';
import type { codes } from './codes.ts';

/** Where a Mixer listens. */
export type Target =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly authority: string }
  | { readonly kind: 'unix'; readonly path: string; readonly authority: string };

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`.
 *
 * @throws KraterError WIRE_BAD_ADDRESS
 * @example parseMixerAddress('[::1]:9091') // { kind: 'tcp', host: '::1', port: 9091, authority: '[::1]:9091' }
 */
export function parseMixerAddress(text: string): Target {
  if (text.startsWith('unix:') && text.length > 5)
    return { kind: 'unix', path: text.slice(5), authority: 'localhost' };
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):([1-9]\d{0,4})$/.exec(text);
  const port = Number(parts?.[3]);
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined || !(port <= 65535)) {
    throw new KraterError(
      'WIRE_BAD_ADDRESS' satisfies keyof typeof codes,
      `"${text}" is no address of a Mixer`,
      { hint: 'write HOST:PORT, such as 127.0.0.1:9091, or unix:PATH' },
    );
  }
  return { kind: 'tcp', host, port, authority: text };
}
