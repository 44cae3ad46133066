import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of lists on a real socket; `answer` can be replaced while it runs. */
export async function listServer(text: string) {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    list.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const list = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`,
    requests,
    text,
    answer: ((request, response) => {
      const etag = tagOf(list.text);
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { etag }).end(list.text);
    }) as RequestListener,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return list;
}

export function tagOf(text: string): string {
  return `"${Buffer.from(text).toString('base64url')}"`;
}
