import { Agent, type IncomingMessage, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ChunkedDecoder } from '../src/upstream/chunked-decoder.ts';
import { parseResponseHead } from '../src/upstream/response-head.ts';
import { eventually, exchangeRaw, mesh, portOf } from './mesh.ts';

const test = suite('what upstreams send');

const runs = Number(process.env.FUZZ_CASES ?? 2_000);

/** An upstream that answers every request with the same bytes. */
async function rawUpstream(answer: string, then: (socket: Socket) => void = () => {}) {
  const sockets = new Set<Socket>();
  let answerNow = answer;
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      socket.write(Buffer.from(answerNow, 'latin1'));
      then(socket);
    });
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  return {
    port: portOf(server),
    connections: () => sockets.size,
    answer: (text: string) => {
      answerNow = text;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const malformed = [
  'nonsense\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 099 OK\r\n\r\n',
  'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/1.1 200 O\0K\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX : 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n',
  'HTTP/1.1 200 OK\r\n: 1\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`,
];

test('become a 502 where they are no response', async () => {
  await using upstream = await rawUpstream('');
  await using it = await mesh(() => {});
  it.registry.setApplication('ratings-v1', { host: '127.0.0.1', port: upstream.port });
  for (const answer of malformed) {
    upstream.answer(answer);
    const got = await exchangeRaw(it.inbound, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.is(got.slice(0, 13), 'HTTP/1.1 502 ', JSON.stringify(answer.slice(0, 80)));
  }
  await eventually(() => it.reports.length === malformed.length);
  assert.ok(it.reports.every(bag => bag.get('context.proxy_error_code') === 'UPE'));
});

test("never become the answer to somebody else's request", async () => {
  const one = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  await using upstream = await rawUpstream(`${one}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
  await using it = await mesh(() => {});
  it.registry.setApplication('ratings-v1', { host: '127.0.0.1', port: upstream.port });
  for (let turn = 0; turn < 3; turn++)
    assert.is(await (await fetch(`http://127.0.0.1:${it.inbound}/`)).text(), 'ok');
  assert.is(upstream.connections(), 3, 'a connection that says too much is not used again');
});

test('may end with the connection, or come in any pieces', async () => {
  await using upstream = await rawUpstream('HTTP/1.0 200 OK\r\n\r\nuntil the end', socket => socket.end());
  await using it = await mesh(() => {});
  it.registry.setApplication('ratings-v1', { host: '127.0.0.1', port: upstream.port });
  const response = await fetch(`http://127.0.0.1:${it.inbound}/`);
  assert.is(await response.text(), 'until the end');
});

test('may announce themselves by interim responses', async () => {
  await using upstream = await rawUpstream(
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  );
  await using it = await mesh(() => {});
  it.registry.setApplication('ratings-v1', { host: '127.0.0.1', port: upstream.port });
  const got = await exchangeRaw(it.inbound, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(
    got,
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
  );
  upstream.answer('HTTP/1.1 103 Early Hints\r\nLink: odd\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
  assert.is(
    (await fetch(`http://127.0.0.1:${it.inbound}/`)).status,
    204,
    'a hint that is none costs nothing',
  );
});

test('say how long they keep a connection, and are believed', () => {
  const head = parseResponseHead(
    'HTTP/1.1 200 OK\r\nKeep-Alive: max=5, timeout=7\r\nContent-Length: 0',
    'GET',
  );
  assert.is(head.idleTimeout, 7_000);
  assert.ok(head.keepAlive);
  assert.not(parseResponseHead('HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0', 'GET').keepAlive);
  assert.not(parseResponseHead('HTTP/1.0 200 OK\r\nContent-Length: 0', 'GET').keepAlive);
});

test('are unchunked alike however they are cut', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const property = fc.property(
    fc.array(chunk, { maxLength: 5 }),
    fc.array(fc.nat(400), { maxLength: 8 }),
    (chunks, cuts) => {
      const body = Buffer.concat([
        ...chunks.flatMap(piece => [
          Buffer.from(`${piece.length.toString(16)};ext=1\r\n`),
          piece,
          Buffer.from('\r\n'),
        ]),
        Buffer.from('0\r\nX-Sum: 1\r\n\r\n'),
      ]);
      const whole = Buffer.concat([body, Buffer.from('next')]);
      const decoder = new ChunkedDecoder();
      const got: Buffer[] = [];
      const places = [0, ...cuts.filter(cut => cut < body.length).sort((a, b) => a - b), whole.length];
      let end = -1;
      for (let index = 1; index < places.length; index++) {
        const from = places[index - 1] as number;
        end = decoder.push(whole.subarray(from, places[index]), piece => got.push(Buffer.from(piece)));
        if (end >= 0) {
          end += from;
          break;
        }
      }
      assert.is(end, body.length);
      assert.ok(Buffer.concat(got).equals(Buffer.concat(chunks)));
      assert.equal(decoder.trailers, ['X-Sum', '1']);
    },
  );
  fc.assert(property, { numRuns: runs });
});

test("are accepted only where Node's own parser accepts them, with the same meaning", async () => {
  await using upstream = await rawUpstream('', socket => socket.end());
  await using it = await mesh(() => {});
  it.registry.setApplication('ratings-v1', { host: '127.0.0.1', port: upstream.port });
  const agent = new Agent({ keepAlive: false });
  // What follows a complete response is an error of its own to Node's client; here it only costs the connection.
  const get = (port: number) =>
    new Promise<string | undefined>(resolve => {
      let answer: IncomingMessage | undefined;
      let body = '';
      const call = request({ port, agent, headers: { connection: 'close' } }, response => {
        answer = response;
        response.setEncoding('latin1');
        response.on('data', piece => {
          body += piece;
        });
        response.on('error', () => {});
      });
      call.on('error', () => {});
      call.on('close', () => {
        const complete = answer?.complete === true;
        resolve(complete ? `${answer?.statusCode} ${answer?.headers['x-a']} ${body}` : undefined);
      });
      call.end();
    });

  const line = fc.constantFrom(
    'Content-Length: 3',
    'Content-Length: 4',
    'content-length:3',
    'Content-Length: 3x',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: CHUNKED',
    'X-A: 1',
    'X-A:  1 ',
    'X-A: \x01',
    'X A: 1',
    ' X-A: 1',
    'X-A',
    'Connection: close',
  );
  const answer = fc
    .tuple(
      fc.constantFrom(
        'HTTP/1.1 200 OK',
        'HTTP/1.1 200',
        'HTTP/1.1  200 OK',
        'HTTP/1.0 200 OK',
        'http/1.1 200 OK',
        'HTTP/1.1 204 No',
        'HTTP/1.1 404 \xe9',
      ),
      fc.array(line, { maxLength: 3 }),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
      fc.constantFrom(
        'abc',
        '3\r\nabc\r\n0\r\n\r\n',
        '3\nabc\n0\n\n',
        '03;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n',
        ' 3\r\nabc\r\n0\r\n\r\n',
        '',
      ),
    )
    .map(([status, lines, end, body]) => [status, ...lines, '', ''].join(end) + body);

  await fc.assert(
    fc.asyncProperty(answer, async text => {
      upstream.answer(text);
      const ours = await get(it.inbound);
      if (ours === undefined || ours.startsWith('502 ')) return;
      assert.is(ours, await get(upstream.port), JSON.stringify(text));
    }),
    { numRuns: Math.min(5_000, runs / 5) },
  );
});

test.run();
