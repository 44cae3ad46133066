import ipaddr from 'ipaddr.js';

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const fourParts = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);

/** Canonical text: `10.0.0.1`, also for `::ffff:10.0.0.1`; `2001:db8::1`. Undefined where the text is no address. */
export function parseIpAddress(text: string): string | undefined {
  if (text.length > 45) return undefined;
  if (fourParts.test(text)) return text;
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/**
 * A test for canonical addresses within a CIDR range such as `10.0.0.0/8`; undefined where the text is no range.
 * `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
 */
export function parseIpRange(text: string): ((address: string) => boolean) | undefined {
  const slash = text.lastIndexOf('/');
  const base = parseIpAddress(text.slice(0, slash));
  const length = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : -1;
  if (slash < 0 || base === undefined) return undefined;
  if (!base.includes(':')) {
    const bits = text.includes(':') ? length - 96 : length;
    return length < 0 || bits < 0 || bits > 32 ? undefined : inIpv4Range(base, bits);
  }
  if (length < 0 || length > 128) return undefined;
  const range: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse(base), length];
  return address =>
    address.includes(':') && ipaddr.IPv6.isValid(address) && ipaddr.IPv6.parse(address).match(range);
}

function inIpv4Range(base: string, length: number): (address: string) => boolean {
  const mask = length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
  const network = (ipv4Number(base) & mask) >>> 0;
  return address => !address.includes(':') && (ipv4Number(address) & mask) >>> 0 === network;
}

function ipv4Number(address: string): number {
  let number = 0;
  let part = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === 46) {
      number = number * 256 + part;
      part = 0;
    } else part = part * 10 + code - 48;
  }
  return number * 256 + part;
}
