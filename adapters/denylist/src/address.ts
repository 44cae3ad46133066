import ipaddr from 'ipaddr.js';

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
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return { family: 4, value: ipv4Value(ipaddr.IPv4.parse(text)) };
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return { family: 4, value: ipv4Value(address.toIPv4Address()) };
  return { family: 6, value: address.parts.reduce((value, part) => (value << 16n) | BigInt(part), 0n) };
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

function ipv4Value({ octets }: ipaddr.IPv4): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}
