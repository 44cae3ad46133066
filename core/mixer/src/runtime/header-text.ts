/**
 * What may stand in a header, after RFC 9110, 5.1 and 5.5: names are tokens, values are visible characters, spaces and
 * tabs, within the one byte a character that Node writes.
 */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** Headers that belong to the connection, to the message's framing, or to the proxies themselves. */
const reserved = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether no rule may touch a header; `name` in lower case. */
export function isReservedHeader(name: string): boolean {
  return reserved.has(name) || name.startsWith('x-krater-');
}
