import { fieldName } from '../http/field-names.ts';

/** How a response's body ends. */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

/** The head of an upstream's response. */
export interface ResponseHead {
  readonly code: number;
  readonly reason: string;
  /** End-to-end fields: name, value, name, value … */
  readonly headers: string[];
  readonly framing: Framing;
  /** For framing `length`. */
  readonly length: number;
  readonly keepAlive: boolean;
  /** Milliseconds after which the upstream says that it closes an idle connection. */
  readonly idleTimeout: number | undefined;
  /** The Upgrade field of a 101. */
  readonly upgrade: string | undefined;
}

/** An upstream that does not speak HTTP/1.1 as it should; whatever follows on its connection cannot be trusted. */
export class MalformedResponse extends Error {}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Parses a head (latin1, without the empty line that ends it) as strictly as RFC 9112 allows: no folding, no blank before
 * the colon, no bare CR or LF, one Content-Length of digits or one Transfer-Encoding `chunked`, never both.
 *
 * @throws MalformedResponse
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n');
  const status = statusLine.exec(lines[0] as string);
  if (status === null) throw new MalformedResponse('bad status line');
  const code = Number(status[2]);
  const oldVersion = status[1] === '0';
  const headers: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let connection: string | undefined;
  let keepAliveHint: string | undefined;
  let upgrade: string | undefined;

  for (let index = 1; index < lines.length; index++) {
    const field = fieldLine.exec(lines[index] as string);
    if (field === null) throw new MalformedResponse('bad header line');
    const spelling = field[1] as string;
    const value = trimBlanks(field[2] as string);
    const { name, treatment } = fieldName(spelling);
    if (treatment === 'forward') {
      headers.push(spelling, value);
    } else if (name === 'content-length') {
      if (length !== undefined || !/^\d{1,15}$/.test(value))
        throw new MalformedResponse('bad content-length');
      length = Number(value);
      if (code !== 204 && code >= 200) headers.push(spelling, value);
    } else if (name === 'transfer-encoding') {
      if (chunked || value.toLowerCase() !== 'chunked') throw new MalformedResponse('bad transfer-encoding');
      chunked = true;
    } else if (name === 'connection') {
      connection = connection === undefined ? value : `${connection},${value}`;
    } else if (name === 'keep-alive') {
      keepAliveHint = value;
    } else if (name === 'upgrade') {
      upgrade = value;
    } else if (treatment === 'owned' || treatment === 'private' || name === 'proxy-authenticate') {
      headers.push(spelling, value);
    }
  }
  if (chunked && (length !== undefined || oldVersion)) throw new MalformedResponse('conflicting framing');

  const tokens =
    connection === undefined ? [] : connection.split(',').map(token => token.trim().toLowerCase());
  const bodiless = method === 'HEAD' || code === 204 || code === 304 || code < 200;
  const framing = bodiless ? 'none' : chunked ? 'chunked' : length !== undefined ? 'length' : 'close';
  const hint = keepAliveHint === undefined ? null : /(?:^|[,\s])timeout=(\d{1,6})/i.exec(keepAliveHint);
  return {
    code,
    reason: status[3] ?? '',
    headers: withoutNamed(headers, tokens),
    framing,
    length: length ?? 0,
    keepAlive:
      framing !== 'close' && (oldVersion ? tokens.includes('keep-alive') : !tokens.includes('close')),
    idleTimeout: hint === null ? undefined : Number(hint[1]) * 1000,
    upgrade,
  };
}

function withoutNamed(headers: string[], tokens: readonly string[]): string[] {
  const names = tokens.filter(
    token => token !== 'close' && token !== 'keep-alive' && token !== 'content-length',
  );
  if (names.length === 0) return headers;
  return headers.filter(
    (_, index) => !names.includes((headers[index - (index % 2)] as string).toLowerCase()),
  );
}

function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
