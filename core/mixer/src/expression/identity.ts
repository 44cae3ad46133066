import { domainToASCII } from 'node:url';

/**
 * DNS names, e-mail addresses and URIs: what is one, and when two are the same. Values keep the text they were given;
 * a `canonical…` function maps equal ones to the same text.
 */

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Strict host names, internationalised ones included, with at most one trailing dot. */
export function isDnsName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(name) ? name.toLowerCase() : domainToASCII(name);
  return ascii.length > 0 && ascii.length <= 253 && ascii.split('.').every(part => label.test(part));
}

/** Case and one trailing dot do not count; an internationalised name equals its ASCII form. */
export function canonicalDnsName(text: string): string {
  const lower = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  return /^[\x00-\x7f]*$/.test(lower) ? lower : domainToASCII(lower) || lower;
}

const atoms = /^[^\s()<>[\]:;@\\,."\p{Cc}]+(?:\.[^\s()<>[\]:;@\\,."\p{Cc}]+)*$/u;
const quotedLocal = /^"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"$/u;

/** An RFC 5322 address without a display name, whose domain is a DNS name. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  return at > 0 && (atoms.test(local) || quotedLocal.test(local)) && isDnsName(text.slice(at + 1));
}

/** The domain counts as a DNS name, the local part exactly; quotes around it do not count. */
export function canonicalEmailAddress(text: string): string {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const plain = quotedLocal.test(local) ? local.slice(1, -1).replace(/\\(.)/gu, '$1') : local;
  return `${plain}@${canonicalDnsName(text.slice(at + 1))}`;
}

interface UriParts {
  readonly scheme: string;
  /** With `//`, user and `@`; undefined where the URI names no host. */
  readonly before?: string;
  readonly host: string;
  readonly port: string;
  readonly rest: string;
}
const withScheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;
const escapes = /%(?![0-9a-fA-F]{2})/;
const hostText = /^(?:\[[0-9a-fA-F:.]+(?:%25[^\]]+)?\]|[^\s"<>^`{}|\\[\]/?#@:]*)$/;

function uriParts(text: string): UriParts | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (text === '' || /[\x00-\x1f\x7f]/.test(text)) return undefined;
  const scheme = withScheme.exec(text)?.[1] ?? '';
  const tail = scheme === '' ? text : text.slice(scheme.length + 1);
  const pathEnd = tail.search(/[?#]/);
  const path = pathEnd < 0 ? tail : tail.slice(0, pathEnd);
  if (scheme === '' && path.split('/', 1)[0]?.includes(':')) return undefined; // a colon there would read as a scheme
  const opaque = scheme !== '' && !path.startsWith('/');
  if (!opaque && escapes.test(path)) return undefined;
  if (!tail.startsWith('//') || (scheme === '' && tail.startsWith('///')))
    return { scheme: scheme.toLowerCase(), host: '', port: '', rest: tail };
  const authority = /^[^/?#]*/.exec(tail.slice(2))?.[0] ?? '';
  const user = authority.slice(0, authority.lastIndexOf('@') + 1);
  const [, host = '', port = ''] = /^(.*?)(:\d*)?$/.exec(authority.slice(user.length)) ?? [];
  if (!hostText.test(host) || /[\s"<>^`{}|\\[\]/?#]/.test(user)) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    before: `//${user}`,
    host,
    port: port.slice(1),
    rest: tail.slice(2 + authority.length),
  };
}

/** Not empty, and either a relative reference or one with a scheme. */
export function isUri(text: string): boolean {
  return uriParts(text) !== undefined;
}

/** The scheme's case does not count; for http and https the host counts as a DNS name; the rest exactly, the port too. */
export function canonicalUri(text: string): string {
  const parts = uriParts(text);
  if (parts === undefined) return text;
  const { scheme, before, host, port, rest } = parts;
  if (before === undefined) return scheme === '' ? rest : `${scheme}:${rest}`;
  const http = scheme === 'http' || scheme === 'https';
  const start = scheme === '' ? before : `${scheme}:${before}`;
  return `${start}${http ? canonicalDnsName(host) : host}${port === '' ? '' : `:${port}`}${rest}`;
}
