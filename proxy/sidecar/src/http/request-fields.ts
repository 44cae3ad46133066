import { PlainMap, type StringMap } from '@krater/mixer';
import { fieldName, isUntouchable } from './field-names.ts';

/** A request's header section, sorted by what a proxy needs of it. */
export interface RequestFields {
  /** The attribute `request.headers`: lower-case names, repeated fields joined, nothing that is private to Krater. */
  readonly map: { [name: string]: string };
  /** What goes on to the next hop: name, value, name, value …; without hop-by-hop and sidecar-owned fields. */
  readonly forwarded: string[];
  /** How often Host was there. */
  readonly hosts: number;
  /** How often Transfer-Encoding was there. */
  readonly transferEncodings: number;
  /** The private field `x-krater-peer`, if it was there exactly once. */
  readonly peerToken: string | undefined;
  /** Bytes of the header section on the wire. */
  readonly size: number;
}

/**
 * Sorts the fields of a request in one pass over `rawHeaders`. Repeated fields are joined with `, ` (Cookie with `; `),
 * as RFC 9110 §5.3 says they mean the same. What a Connection field names is removed, for policy too: the application
 * must not see less than what was decided on, and neither more.
 */
export function sortRequestFields(rawHeaders: readonly string[]): RequestFields {
  const map: { [name: string]: string } = new PlainMap();
  const forwarded: string[] = [];
  let hosts = 0;
  let transferEncodings = 0;
  let peerToken: string | undefined;
  let peerTokens = 0;
  let size = 2;

  for (let index = 0; index < rawHeaders.length; index += 2) {
    const spelling = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    size += spelling.length + value.length + 4;
    const { name, treatment } = fieldName(spelling);
    if (treatment === 'private') {
      if (name === 'x-krater-peer') {
        peerToken = value;
        peerTokens++;
      }
      continue;
    }
    const before = map[name];
    map[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
    if (treatment === 'forward') forwarded.push(spelling, value);
    else if (name === 'host') hosts++;
    else if (name === 'transfer-encoding') transferEncodings++;
  }
  const connection = map.connection;
  if (connection !== undefined) removeNamed(connection, map, forwarded);
  return {
    map,
    forwarded,
    hosts,
    transferEncodings,
    peerToken: peerTokens === 1 ? peerToken : undefined,
    size,
  };
}

function removeNamed(connection: string, map: { [name: string]: string }, forwarded: string[]): void {
  if (connection === 'keep-alive' || connection === 'close' || connection === 'Upgrade') return;
  const names = new Set<string>();
  for (const token of connection.split(',')) {
    const name = token.trim().toLowerCase();
    if (name !== '' && !isUntouchable(name) && map[name] !== undefined) names.add(name);
  }
  if (names.size === 0) return;
  for (const name of names) delete map[name];
  let kept = 0;
  for (let index = 0; index < forwarded.length; index += 2) {
    if (names.has(fieldName(forwarded[index] as string).name)) continue;
    forwarded[kept++] = forwarded[index] as string;
    forwarded[kept++] = forwarded[index + 1] as string;
  }
  forwarded.length = kept;
}

/** The attribute `response.headers`, from name, value, name, value …. */
export function fieldMap(raw: readonly string[]): StringMap & { [name: string]: string } {
  const map: { [name: string]: string } = new PlainMap();
  for (let index = 0; index < raw.length; index += 2) {
    const { name } = fieldName(raw[index] as string);
    const before = map[name];
    const value = raw[index + 1] as string;
    map[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return map;
}
