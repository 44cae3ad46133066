import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { formatJson } from '@krater/mixer';
import { cliError } from '../error.ts';
import { type Listening, listen } from './listen.ts';

export interface AdminPages {
  status(): object;
  metrics(): Promise<string>;
}

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Bearer token that every page but /healthz asks for. */
  readonly token: string | undefined;
}

/**
 * The admin port: `/status` (JSON), `/metrics` (Prometheus text) and `/healthz`. Read only. Beyond loopback it does not
 * start without a token; without one it answers only to hosts that are addresses, so no web page can read it by a name
 * that it points at 127.0.0.1.
 */
export async function startAdmin(pages: AdminPages, { host, port, token }: AdminOptions): Promise<Listening> {
  if (token === undefined && !isLoopback(host)) {
    throw cliError('CLI_TOKEN_NEEDED', `the admin port may not be bound to "${host}" without a token`, {
      hint: 'set --admin-token or KRATER_ADMIN_TOKEN, or leave out --host',
    });
  }
  const server = createServer((request, response) => {
    void answer(request, response).catch(error => reply(response, 500, 'text/plain', `${error}\n`));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return reply(response, 405, 'text/plain', 'GET only\n');
    if (path === '/healthz') return reply(response, 200, 'text/plain', 'ok\n');
    if (
      token === undefined
        ? !namesAddress(request.headers.host)
        : !carries(request.headers.authorization, token)
    ) {
      return reply(response, token === undefined ? 403 : 401, 'text/plain', 'not allowed\n');
    }
    if (path === '/status')
      return reply(response, 200, 'application/json', `${formatJson(pages.status())}\n`);
    if (path === '/metrics') return reply(response, 200, 'text/plain; version=0.0.4', await pages.metrics());
    reply(response, 404, 'text/plain', 'there are /status, /metrics and /healthz\n');
  }

  return listen(server, { host, port, what: 'admin', flag: '--admin-port' });
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function namesAddress(header: string | undefined): boolean {
  const host = (header ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return host === 'localhost' || isIP(host) !== 0;
}

function carries(authorization: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent) return void response.destroy();
  response
    .writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body);
}
