import { createServer } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exchangeRaw, type Mesh, mesh, portOf } from './mesh.ts';

const test = suite('malformed and ambiguous requests');

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const post = (...lines: string[]) => head('POST / HTTP/1.1', 'Host: a', ...lines);

const refused: Record<string, readonly [request: string, status: number]> = {
  'two equal lengths': [`${post('Content-Length: 1', 'Content-Length: 1')}x`, 400],
  'two different lengths': [`${post('Content-Length: 1', 'Content-Length: 2')}xy`, 400],
  'a list of lengths': [`${post('Content-Length: 1, 1')}x`, 400],
  'a signed length': [`${post('Content-Length: +1')}x`, 400],
  'a hexadecimal length': [`${post('Content-Length: 0x1')}x`, 400],
  'a length and a coding': [`${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`, 400],
  'a coding and a length': [`${post('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`, 400],
  'the coding twice': [`${post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`, 400],
  'another coding before chunked': [`${post('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`, 501],
  'chunked before another coding': [`${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n`, 400],
  'an unknown coding': [`${post('Transfer-Encoding: xchunked')}0\r\n\r\n`, 501],
  'a coding hidden by a vertical tab': [`${post('Transfer-Encoding: \x0bchunked')}0\r\n\r\n`, 400],
  'an empty coding': [post('Transfer-Encoding:'), 400],
  'a coding in HTTP/1.0': [
    `${head('POST / HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    400,
  ],
  'a blank before the colon': [post('Transfer-Encoding : chunked'), 400],
  'a folded line': [head('GET / HTTP/1.1', 'Host: a', 'X: 1', ' 2'), 400],
  'bare line feeds': ['GET / HTTP/1.1\nHost: a\n\n', 400],
  'one bare line feed': ['GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n', 400],
  'a bare carriage return': [head('GET / HTTP/1.1', 'Host: a', 'X: a\rb'), 400],
  'a null byte': [head('GET / HTTP/1.1', 'Host: a', 'X: a\0b'), 400],
  'a bracket in a name': [head('GET / HTTP/1.1', 'Host: a', 'X(y: 1'), 400],
  'an empty name': [head('GET / HTTP/1.1', 'Host: a', ': 1'), 400],
  'no host': [head('GET / HTTP/1.1'), 400],
  'an empty host': [head('GET / HTTP/1.1', 'Host:'), 400],
  'two hosts': [head('GET / HTTP/1.1', 'Host: a', 'Host: b'), 400],
  'a host with a user': [head('GET / HTTP/1.1', 'Host: a@b'), 400],
  'a host with a path': [head('GET / HTTP/1.1', 'Host: a/b'), 400],
  'a host with a blank': [head('GET / HTTP/1.1', 'Host: a b'), 400],
  'HTTP/0.9': ['GET /\r\n\r\n', 505],
  'HTTP/2.0 in words': [head('GET / HTTP/2.0', 'Host: a'), 505],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  'a TLS handshake': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  'a bad method': [head('G=T / HTTP/1.1', 'Host: a'), 400],
  'a blank in the path': [head('GET /a b HTTP/1.1', 'Host: a'), 400],
  'a control character in the path': [head('GET /\x01 HTTP/1.1', 'Host: a'), 400],
  'no path': [head('GET a HTTP/1.1', 'Host: a'), 400],
  'an asterisk for GET': [head('GET * HTTP/1.1', 'Host: a'), 400],
  'an https target': [head('GET https://a/ HTTP/1.1', 'Host: a'), 400],
  'a longer chunk than it says': [`${post('Transfer-Encoding: chunked')}1\r\nxx\r\n0\r\n\r\n`, 400],
  'a chunk line with a bare line feed': [`${post('Transfer-Encoding: chunked')}1\nx\r\n0\r\n\r\n`, 400],
  'a chunk size in C notation': [`${post('Transfer-Encoding: chunked')}0x1\r\nx\r\n0\r\n\r\n`, 400],
  'a chunk size beyond 64 bits': [
    `${post('Transfer-Encoding: chunked')}10000000000000001\r\nx\r\n0\r\n\r\n`,
    400,
  ],
  'too long a head': [head('GET / HTTP/1.1', 'Host: a', `X: ${'y'.repeat(70_000)}`), 431],
  'too many fields': [
    head('GET / HTTP/1.1', 'Host: a', ...Array.from({ length: 200 }, (_, index) => `X${index}: 1`)),
    431,
  ],
  CONNECT: [head('CONNECT a:443 HTTP/1.1', 'Host: a:443'), 405],
  'a handshake with a body': [
    `${head('GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 4')}GET `,
    400,
  ],
};

for (const [what, [request, status]] of Object.entries(refused)) {
  test(`refuses ${what} with ${status} and closes`, async () => {
    const seen: unknown[] = [];
    await using it = await mesh((incoming, response) => {
      seen.push(incoming.url);
      incoming.on('error', () => {});
      incoming.resume().on('end', () => response.end('application'));
    });
    const second = head('GET /smuggled HTTP/1.1', 'Host: a');
    const answer = await exchangeRaw(it.inbound, request + second);
    assert.is(answer.slice(0, 13), `HTTP/1.1 ${status} `);
    assert.match(answer, /connection: close\r\n/i);
    assert.is(answer.match(/^HTTP\/1\.1 \d/gm)?.length, 1, 'one answer only');
    assert.not(seen.includes('/smuggled'), 'nothing behind it is read');
    assert.is((await fetch(`http://127.0.0.1:${it.inbound}/next`)).status, 200, 'the sidecar lives on');
    assert.is(it.sidecar.statistics().inbound.malformed, 1);
  });
}

test('takes the authority of an absolute target, not that of Host', async () => {
  await using it = await mesh((incoming, response) =>
    response.end(`${incoming.headers.host} ${incoming.url}`),
  );
  for (const [target, seen] of [
    ['http://b:80/x?y', 'b:80 /x?y'],
    ['http://b', 'b /'],
    ['http://b?q', 'b /?q'],
  ]) {
    const answer = await exchangeRaw(
      it.inbound,
      head(`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close'),
    );
    assert.ok(answer.endsWith(`\r\n\r\n${seen}`), answer);
  }
});

test('gives up on a client that sends its head too slowly', async () => {
  await using it = await mesh((_, response) => response.end(), { limits: { headTimeout: 100 } });
  const answer = await exchangeRaw(it.inbound, 'GET / HTTP/1.1\r\nHost: a\r\nX: ');
  assert.match(answer, /^HTTP\/1\.1 408 /);
});

test("serves no request that Node's own server would refuse, and frames the others alike", async () => {
  const runs = Math.min(5_000, Number(process.env.FUZZ_CASES ?? 2_000) / 5);
  const seen: string[] = [];
  const note = (
    incoming: { url?: string | undefined; on(event: string, listener: (piece?: unknown) => void): unknown },
    done: () => void,
  ) => {
    let body = '';
    incoming.on('error', () => {});
    incoming.on('data', piece => {
      body += piece;
    });
    incoming.on('end', () => {
      seen.push(`${incoming.url} ${body}`);
      done();
    });
  };
  const oracle = createServer((incoming, response) => note(incoming, () => response.end())).listen(
    0,
    '127.0.0.1',
  );
  await using it: Mesh = await mesh((incoming, response) => note(incoming, () => response.end()));
  const served = async (port: number, text: string) => {
    seen.length = 0;
    await sendAndHangUp(port, text);
    return [...seen];
  };

  const line = fc.oneof(
    fc.constantFrom(
      'Host: a',
      'Content-Length: 3',
      'Content-Length: 03',
      'Content-Length: 3 ',
      'Content-Length: 3,3',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: Chunked',
    ),
    fc.constantFrom(
      'Transfer-Encoding:\tchunked',
      'Transfer-Encoding: chunked,',
      'Connection: close',
      'Connection: keep-alive, x',
      'X: 1',
      ' folded',
      'X : 1',
      'X:',
      '\x00',
      'Expect: nothing',
    ),
    fc.string({ maxLength: 6 }),
  );
  const request = fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'OPTIONS', 'get'),
      fc.constantFrom('/', '/x', '*', 'http://b/', '//b', '/ ', '/\x7f'),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', ''),
      fc.array(line, { maxLength: 4 }),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
      fc.constantFrom(
        '',
        'abc',
        '3\r\nabc\r\n0\r\n\r\n',
        '0\r\n\r\n',
        '3;x\r\nabc\r\n0\r\nX: y\r\n\r\n',
        '3\nabc\n0\n\n',
      ),
    )
    .map(
      ([method, target, version, lines, end, body]) =>
        [`${method} ${target} ${version}`, 'Host: a', ...lines, '', ''].join(end) + body,
    );

  await fc.assert(
    fc.asyncProperty(request, async text => {
      const ours = await served(it.inbound, text);
      const theirs = await served(portOf(oracle), text);
      for (const one of ours)
        assert.ok(
          theirs.map(originForm).includes(originForm(one)),
          `${JSON.stringify(text)}: ${ours} / ${theirs}`,
        );
    }),
    { numRuns: runs },
  );
  oracle.closeAllConnections();
  await new Promise(resolve => oracle.close(resolve));
});

function originForm(seen: string): string {
  return seen.replace(/^http:\/\/[^/ ]+/, '');
}

/** Sends, says that nothing follows, and waits until the other side has closed too. */
function sendAndHangUp(port: number, text: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    socket.end(Buffer.from(text, 'latin1'));
  });
}

test.run();
