import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { KraterError, type Log } from '@krater/mixer';
import type { Code } from './codes.ts';
import type { Page } from './page.ts';

const gzip = promisify(gzipCallback);

/** One listening socket, with a page for each path. */
export class ScrapeListener {
  readonly pageByPath = new Map<string, Page>();
  readonly ready: Promise<void>;
  readonly #server: Server;
  readonly #log: Log;

  constructor(host: string, port: number, log: Log) {
    this.#log = log;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(error => {
        log.error('a scrape failed', { error: String(error) });
        response.destroy();
      });
    });
    this.#server.maxConnections = 64;
    this.ready = this.#listen(host, port);
    // Whoever leases the listener awaits it; without this a refusal that nobody is left to hear would end the process.
    this.ready.catch(() => {});
  }

  /** `http://127.0.0.1:42422`, with the real port; undefined until it listens. */
  get origin(): string | undefined {
    const bound = this.#server.address() as AddressInfo | null;
    if (bound === null) return undefined;
    return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  }

  async close(): Promise<void> {
    await this.ready.catch(() => {});
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #listen(host: string, port: number): Promise<void> {
    try {
      const listening = once(this.#server, 'listening');
      this.#server.listen(port, host);
      await listening;
      this.#server.on('error', error =>
        this.#log.error('the scrape endpoint failed', { error: String(error) }),
      );
    } catch (error) {
      const { code: found, message } = error as NodeJS.ErrnoException;
      const code: Code = found === 'EADDRINUSE' ? 'PROMETHEUS_PORT_IN_USE' : 'PROMETHEUS_CANNOT_LISTEN';
      const what =
        found === 'EADDRINUSE'
          ? `port ${port} on ${host} is in use`
          : `cannot listen on ${host}:${port}: ${message}`;
      const hint =
        found === 'EADDRINUSE'
          ? 'set endpoint.port of the prometheus handler to a free port, or to 0 for any'
          : 'correct endpoint.host and endpoint.port of the prometheus handler';
      throw new KraterError(code, what, {
        hint,
        cause: error,
        path: ['endpoint', found === 'EADDRINUSE' ? 'port' : 'host'],
      });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    const page = this.pageByPath.get(path);
    if (page === undefined)
      return refuse(
        response,
        404,
        `nothing here; metrics are at ${[...this.pageByPath.keys()].join(', ')}\n`,
      );
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return refuse(response, 405, 'only GET and HEAD\n');
    }
    const text = await page.text();
    const compress = acceptsGzip(request.headers['accept-encoding']);
    const body = compress ? await gzip(text) : Buffer.from(text);
    response.writeHead(200, {
      'content-type': page.contentType,
      'content-length': body.length,
      vary: 'accept-encoding',
      ...(compress && { 'content-encoding': 'gzip' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '')
    .toLowerCase()
    .split(',');
  return codings.some(coding => /^\s*(gzip|\*)\s*(;\s*q\s*=\s*(0?\.\d*[1-9]\d*|1(\.0*)?)\s*)?$/.test(coding));
}
