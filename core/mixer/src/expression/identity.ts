import { domainToASCII } from 'node:url';

/**
 * DNS names, e-mail addresses and URIs: what is one, and when two are the same. Values keep the text they were given;
 * a `canonical…` function maps equal ones to the same text, and what is none to undefined.
 */

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Strict host names, internationalised ones included. Case and one trailing dot do not count. */
export function canonicalDnsName(text: string): string | undefined {
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  if (name.length > 253) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(name) ? name : domainToASCII(name);
  return ascii.length <= 253 && ascii.split('.').every(part => label.test(part)) ? ascii : undefined;
}

const atoms = /^[^\s()<>[\]:;@\\,."\p{Cc}]+(?:\.[^\s()<>[\]:;@\\,."\p{Cc}]+)*$/u;
const quotedLocal = /^"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"$/u;

/**
 * An RFC 5322 address without a display name. The domain counts as a DNS name, the local part exactly; quotes around it
 * do not count.
 */
export function canonicalEmailAddress(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const quoted = quotedLocal.test(local);
  const domain = canonicalDnsName(text.slice(at + 1));
  if (domain === undefined || !(quoted || atoms.test(local))) return undefined;
  return `${quoted ? local.slice(1, -1).replace(/\\(.)/gu, '$1') : local}@${domain}`;
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

/**
 * Not empty, and either relative or with a scheme. The scheme's case does not count; for http and https the host counts
 * as a DNS name where it is one; the rest exactly, the port too.
 */
export function canonicalUri(text: string): string | undefined {
  const parts = uriParts(text);
  if (parts === undefined) return undefined;
  const { scheme, before, host, port, rest } = parts;
  if (before === undefined) return scheme === '' ? rest : `${scheme}:${rest}`;
  const http = scheme === 'http' || scheme === 'https';
  const start = scheme === '' ? before : `${scheme}:${before}`;
  return `${start}${http ? (canonicalDnsName(host) ?? host.toLowerCase()) : host}${port === '' ? '' : `:${port}`}${rest}`;
}
