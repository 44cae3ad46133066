import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Headers that belong to the user's request as a whole, and go along on every call made for it. */
const carried = [
  'user',
  'x-request-id',
  'traceparent',
  'tracestate',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
];

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Serves one application of Bookinfo where `krater up` says: HOST and PORT. */
export function serve(routes: { readonly [route: string]: Handler }): void {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://application');
    const handle = routes[`${request.method} ${pathname}`];
    try {
      if (handle === undefined) sendJson(response, 404, { error: `nothing at ${pathname}` });
      else await handle(request, response);
    } catch (error) {
      sendJson(response, 500, { error: String(error) });
    }
  });
  server.listen(Number(process.env['PORT'] ?? 9080), process.env['HOST'] ?? '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close();
    server.closeIdleConnections();
  });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Calls another service through the own sidecar, which knows it by its name, within `timeout` milliseconds. */
export function callService(
  service: string,
  path: string,
  incoming: IncomingMessage,
  timeout: number,
): Promise<Answer> {
  const [host, port] = (process.env['KRATER_OUTBOUND'] ?? '127.0.0.1:15001').split(':');
  const headers: Record<string, string> = { host: service };
  for (const name of carried) {
    const value = incoming.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host, port, path, headers, signal: AbortSignal.timeout(timeout) },
      response => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 502, body }));
        response.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
