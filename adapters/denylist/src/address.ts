import { isIPv4, isIPv6 } from 'node:net';

/** An address as a number; an IPv4 address and its IPv4-in-IPv6 form are the same. */
export type Address =
  | { readonly family: 4; readonly value: number }
  | { readonly family: 6; readonly value: bigint };

/** All addresses from first to last. */
export type AddressRange =
  | { readonly family: 4; readonly first: number; readonly last: number }
  | { readonly family: 6; readonly first: bigint; readonly last: bigint };

/** An address in its usual form; undefined for anything else, such as octal, shortened or zoned ones. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const parts = ipv6Parts(text);
  const mapped = parts[5] === 0xffff && parts.slice(0, 5).every(part => part === 0);
  const low = (parts[6] as number) * 0x10000 + (parts[7] as number);
  if (mapped) return { family: 4, value: low };
  let value = 0n;
  for (let part = 0; part < 8; part += 2) {
    value = (value << 32n) | BigInt((parts[part] as number) * 0x10000 + (parts[part + 1] as number));
  }
  return { family: 6, value };
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address. Bits beyond the prefix are ignored. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const written = slash === -1 ? text : text.slice(0, slash);
  const address = parseAddress(written);
  if (address === undefined) return undefined;
  const width = written.includes(':') ? 128 : 32;
  let prefix = width;
  if (slash !== -1) {
    const digits = text.slice(slash + 1);
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(digits) || Number(digits) > width) return undefined;
    prefix = Number(digits);
  }
  if (address.family === 6) {
    const rest = (1n << BigInt(128 - prefix)) - 1n;
    const last = address.value | rest;
    return { family: 6, first: last - rest, last };
  }
  const bits = prefix - (width - 32);
  if (bits < 0) return undefined;
  const size = 2 ** (32 - bits);
  const first = Math.floor(address.value / size) * size;
  return { family: 4, first, last: first + size - 1 };
}

function ipv4Value(text: string): number {
  return text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

/** The eight parts of what is known to be an address: `::` stands for as many zeros as are missing. */
function ipv6Parts(text: string): readonly number[] {
  const [before = '', after] = text.split('::');
  const head = groups(before);
  if (after === undefined) return head;
  const tail = groups(after);
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap(group => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const value = ipv4Value(group);
    return [Math.floor(value / 0x10000), value % 0x10000];
  });
}
