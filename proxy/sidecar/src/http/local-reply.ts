import type { Exchange, ProxyErrorCode } from '../exchange.ts';

/** An answer that the sidecar gives itself. */
export interface LocalReply {
  readonly code: number;
  /** Shown to the caller. */
  readonly message: string;
  /** A word for programs, such as `PERMISSION_DENIED` or `NO_ROUTE`. */
  readonly reason: string;
  readonly flag?: ProxyErrorCode;
  /** Further fields: name, value, name, value …. */
  readonly headers?: readonly string[];
  /** Sent as it is instead of the message. */
  readonly body?: string;
}

/**
 * Sends a local reply: JSON `{ code, reason, message }` for those who accept JSON rather than text, one line of text for
 * the others. Afterwards the connection is closed if the client might still be waiting to send a body.
 */
export function sendLocalReply(exchange: Exchange, reply: LocalReply): void {
  const { request, response } = exchange;
  if (response.headersSent || response.destroyed) return;
  if (reply.flag !== undefined) exchange.proxyErrorCode = reply.flag;
  if (exchange.expectsContinue || exchange.upgradeHead !== undefined) exchange.closing = true;
  const headers = [...(reply.headers ?? [])];
  let body: string;
  if (reply.body !== undefined) {
    body = reply.body;
    if (!names(headers, 'content-type')) headers.push('content-type', 'text/plain; charset=utf-8');
  } else if (prefersJson(exchange.fields?.map.accept)) {
    body = `${JSON.stringify({ code: reply.code, reason: reply.reason, message: reply.message })}\n`;
    headers.push('content-type', 'application/json');
  } else {
    body = `${reply.message}\n`;
    headers.push('content-type', 'text/plain; charset=utf-8');
  }
  const bodiless = request.method === 'HEAD' || reply.code === 204 || reply.code === 304;
  const bytes = Buffer.byteLength(body);
  if (reply.code !== 204 && reply.code !== 304) headers.push('content-length', String(bytes));
  exchange.responseSize = bodiless ? 0 : bytes;
  exchange.respond(reply.code, '', headers);
  response.end(bodiless ? undefined : body);
}

function names(headers: readonly string[], name: string): boolean {
  return headers.some((field, index) => index % 2 === 0 && field.toLowerCase() === name);
}

/** JSON where it stands in Accept before any text or wildcard, or with a higher weight. */
function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  let json = 0;
  let text = 0;
  for (const range of accept.slice(0, 1024).split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const q = parameters
      .map(parameter => /^\s*q=([\d.]{1,5})\s*$/i.exec(parameter)?.[1])
      .find(value => value !== undefined);
    const weight = q === undefined ? 1 : Number(q);
    const name = type.trim().toLowerCase();
    if (name === 'application/json' || name.endsWith('+json')) json = Math.max(json, weight);
    else if (name.startsWith('text/')) text = Math.max(text, weight);
  }
  return json > 0 && json >= text;
}
