import type { IncomingMessage } from 'node:http';
import { callService, serve } from './application.ts';
import { type Part, renderPage } from './page.ts';

serve({
  async 'GET /productpage'(request, response) {
    request.headers['user'] ??= cookie(request, 'user');
    const [details, reviews] = await Promise.all([
      part(() => callService('details', '/details', request, 1_000)),
      part(() => callService('reviews', '/reviews', request, 3_000)),
    ]);
    const page = renderPage({ user: request.headers['user'] as string | undefined, details, reviews });
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  },

  /** Signs in as anybody: this is an example. The page sends the name along as the `user` header. */
  async 'POST /login'(request, response) {
    const user = new URLSearchParams(await bodyOf(request)).get('user') ?? '';
    response.writeHead(303, {
      location: '/productpage',
      'set-cookie': `user=${encodeURIComponent(user)}; Path=/; HttpOnly; SameSite=Strict`,
    });
    response.end();
  },

  'POST /logout'(_, response) {
    response.writeHead(303, { location: '/productpage', 'set-cookie': 'user=; Path=/; Max-Age=0' }).end();
  },
});

async function part(call: () => Promise<{ status: number; body: string }>): Promise<Part> {
  try {
    const { status, body } = await call();
    return status === 200 ? { found: JSON.parse(body) } : { missing: `status ${status}` };
  } catch (error) {
    return { missing: String(error) };
  }
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of request.headers.cookie?.split(/; */) ?? []) {
    const [key, value = ''] = pair.split('=');
    // A header carries plain text only; any other name stays with the page.
    if (key === name && /^[\w.%-]+$/.test(value)) return value;
  }
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 1_000) throw new Error('the form is too long');
  }
  return body;
}
