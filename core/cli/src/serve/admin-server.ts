import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { formatJson, type MaybePromise } from '@krater/mixer';
import { cliError } from '../error.ts';
import { type AdminTls, openAdminTls } from './admin-tls.ts';
import { type Listening, listen } from './listen.ts';

/** What a page answers: an object becomes JSON, a text is Prometheus text, undefined is 404. */
export type Page = (rest: string) => MaybePromise<object | string | undefined>;

export interface AdminPages {
  /** By the first segment of the path: `status`, `metrics`, …; what follows it is handed over. */
  readonly pages: { readonly [name: string]: Page };
  /** Why it is not ready to serve; undefined when it is. */
  readonly unready: () => string | undefined;
  /** What is not as it should be although it serves, a line each. */
  readonly ailments?: () => readonly string[];
}

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Bearer token that every page but /healthz and /readyz asks for. */
  readonly token: string | undefined;
  /** Speaks TLS; whoever shows a certificate that is named needs no token. */
  readonly tls?: AdminTls | undefined;
}

/**
 * The admin port: the given pages, and for whoever supervises us `/healthz` (it runs) and `/readyz` (it serves). Read
 * only. Beyond loopback it does not start without a token or certificates; on loopback without either it answers only to
 * hosts that are addresses, so no web page can read it by a name that it points at 127.0.0.1.
 */
export async function startAdmin(
  { pages, unready, ailments }: AdminPages,
  { host, port, token, tls }: AdminOptions,
): Promise<Listening> {
  if (token === undefined && tls === undefined && !isLoopback(host)) {
    throw cliError('CLI_TOKEN_NEEDED', `the admin port may not be bound to "${host}" without a token`, {
      hint: 'set --admin-token or KRATER_ADMIN_TOKEN, or leave out --host',
    });
  }
  const serve: RequestListener = (request, response) => {
    void answer(request, response).catch(error => reply(response, 500, 'text/plain', `${error}\n`));
  };
  const door = tls && (await openAdminTls(tls, serve));
  const server = door?.server ?? createServer(serve);
  const allowed = (request: IncomingMessage) => {
    if (door?.admits(request.socket) === true) return true;
    const { authorization, host: asked } = request.headers;
    if (token !== undefined) return carries(authorization, token);
    return door === undefined && namesAddress(asked);
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return reply(response, 405, 'text/plain', 'GET only\n');
    if (path === '/healthz') return reply(response, 200, 'text/plain', 'ok\n');
    if (path === '/readyz') {
      const reason = unready();
      const lines = [reason ?? 'ready', ...(ailments?.() ?? [])];
      return reply(response, reason === undefined ? 200 : 503, 'text/plain', `${lines.join('\n')}\n`);
    }
    if (!allowed(request))
      return reply(response, token === undefined ? 403 : 401, 'text/plain', 'not allowed\n');
    const [, name = '', rest = ''] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
    const content = Object.hasOwn(pages, name) ? await pages[name]?.(rest) : undefined;
    if (content === undefined) return reply(response, 404, 'text/plain', `${known()}\n`);
    if (typeof content === 'string') return reply(response, 200, 'text/plain; version=0.0.4', content);
    reply(response, 200, 'application/json', `${formatJson(content)}\n`);
  }

  function known(): string {
    return `there are ${[...Object.keys(pages), 'healthz', 'readyz'].map(name => `/${name}`).join(', ')}`;
  }

  const listening = await listen(server, { host, port, what: 'admin', flag: '--admin-port' });
  return {
    ...listening,
    async close() {
      door?.close();
      await listening.close();
    },
  };
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
