import { getEventListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTransport } from '../../src/transport/open-transport.ts';
import { type CallResult, type TransportOptions, transports } from '../../src/transport.ts';
import { ambient, answer, type OnCall, pause, refuse, startRaw, startServer, until } from './servers.ts';

/** What holds for every transport. */
const test = suite('calls');

const request = Buffer.from('the request');

function failureOf(result: CallResult) {
  if ('reply' in result) throw new Error(`there was an answer: ${result.reply}`);
  return result.failure;
}

for (const kind of transports) {
  const on = (name: string, run: () => Promise<void>) => test(`${kind}: ${name}`, run);
  const open = (address: string, more: Partial<TransportOptions> = {}) => {
    const transport = openTransport(kind, { address, ambient, ...more });
    return Object.assign(transport, { [Symbol.asyncDispose]: () => transport.close(0) });
  };
  /** What a call comes to, at a server that does so with it. */
  const call = async (onCall: OnCall, deadline = 5_000, more: Partial<TransportOptions> = {}) => {
    await using server = await startServer(onCall);
    await using transport = open(server.address, more);
    return await transport.call('check', request, deadline);
  };

  on('bring the answer', async () => {
    let asked: IncomingHttpHeaders = {};
    let sent: Buffer = Buffer.alloc(0);
    const result = await call((stream, headers, bytes) => {
      asked = headers;
      sent = bytes;
      answer(stream, 'the answer');
    });
    assert.equal(result, { reply: Buffer.from('the answer') });
    assert.is(asked[':method'], 'POST');
    assert.is(asked[':path'], '/istio.mixer.v1.Mixer/Check');
    assert.match(String(asked['content-type']), /^application\/grpc/);
    assert.is(asked['te'], 'trailers');
    assert.match(String(asked['grpc-timeout']), /^\d{1,8}m$/);
    assert.ok(Number.parseInt(String(asked['grpc-timeout']), 10) <= 5_000);
    assert.equal(sent.subarray(5), request);
    assert.is(sent.readUInt32BE(1), request.length);
  });

  on('bring an empty answer, and a long one in pieces', async () => {
    assert.equal(await call(stream => answer(stream, '')), { reply: Buffer.alloc(0) });
    const long = Buffer.alloc(1_000_000, 'long');
    assert.equal(await call(stream => answer(stream, long)), { reply: long });
  });

  on('go side by side on one connection', async () => {
    await using server = await startServer((stream, _headers, bytes) => answer(stream, bytes.subarray(5)));
    await using transport = open(server.address);
    const texts = Array.from({ length: 200 }, (_, index) => `request ${index}`);
    const results = await Promise.all(texts.map(text => transport.call('check', Buffer.from(text), 5_000)));
    assert.equal(
      results,
      texts.map(text => ({ reply: Buffer.from(text) })),
    );
    assert.is(server.accepted, 1);
  });

  on('tell the status that comes alone, its message decoded', async () => {
    const failure = failureOf(await call(stream => refuse(stream, 3, 'bag: %22a%25b%22 f%C3%BCr %E2%82%AC')));
    assert.equal(failure, {
      code: 'INVALID_ARGUMENT',
      message: 'bag: "a%b" für €',
      seen: 'perhaps',
      by: 'server',
    });
  });

  on('tell the status that comes behind an answer', async () => {
    const trailers = { 'grpc-status': '14', 'grpc-message': 'too much to do' };
    const failure = failureOf(await call(stream => answer(stream, 'x', trailers)));
    assert.equal(failure, {
      code: 'UNAVAILABLE',
      message: 'too much to do',
      seen: 'perhaps',
      by: 'server',
    });
  });

  on('end at their deadline, of which the server hears', async () => {
    let reset = 0;
    await using server = await startServer(stream => {
      stream.on('close', () => {
        reset = stream.rstCode;
      });
    });
    await using transport = open(server.address);
    await until(() => transport.state === 'open');
    const failure = failureOf(await transport.call('check', request, 30));
    assert.is(failure.code, 'DEADLINE_EXCEEDED');
    assert.is(failure.by, 'caller');
    assert.is(failure.seen, 'perhaps');
    await until(() => reset === 8);
    assert.is(transport.state, 'open');
  });

  on('end when their signal is aborted, of which the server hears', async () => {
    let reset = 0;
    const given = new AbortController();
    await using server = await startServer(stream => {
      stream.on('close', () => {
        reset = stream.rstCode;
      });
      given.abort();
    });
    await using transport = open(server.address);
    const failure = failureOf(await transport.call('check', request, 5_000, given.signal));
    assert.is(failure.code, 'CANCELLED');
    assert.is(failure.by, 'caller');
    await until(() => reset === 8);
    const late = failureOf(await transport.call('check', request, 5_000, given.signal));
    assert.is(late.code, 'CANCELLED');
    assert.is(late.seen, 'no');
  });

  on('leave nothing on a signal that is not aborted', async () => {
    await using server = await startServer(stream => answer(stream, 'x'));
    await using transport = open(server.address);
    const { signal } = new AbortController();
    await transport.call('check', request, 5_000, signal);
    assert.equal(getEventListeners(signal, 'abort'), []);
  });

  on('do not begin without time', async () => {
    const failure = failureOf(await call(stream => answer(stream, 'x'), 0));
    assert.is(failure.code, 'DEADLINE_EXCEEDED');
    assert.is(failure.seen, 'no');
  });

  on('fail where nobody listens, and the transport has ended once and for all', async () => {
    const { address, ...server } = await startRaw(() => {});
    await server[Symbol.asyncDispose]();
    const ends: string[] = [];
    await using transport = open(address, { onEnded: ({ message }) => ends.push(message) });
    const failure = failureOf(await transport.call('check', request, 5_000));
    assert.is(failure.code, 'UNAVAILABLE');
    assert.is(failure.by, 'connection');
    await until(() => ends.length > 0);
    assert.is(transport.state, 'ended');
    assert.is(failureOf(await transport.call('check', request, 5_000)).seen, 'no');
    assert.is(ends.length, 1);
  });

  on('fail when the connection is lost', async () => {
    await using server = await startServer(stream => stream.session?.destroy());
    let ended = 0;
    await using transport = open(server.address, { onEnded: () => ended++ });
    const failure = failureOf(await transport.call('check', request, 5_000));
    assert.is(failure.code, 'UNAVAILABLE');
    assert.is(failure.by, 'connection');
    assert.is(failure.seen, 'perhaps');
    await until(() => ended === 1);
  });

  on('fail when the server resets them, and the connection stays', async () => {
    await using server = await startServer(stream => stream.close(2));
    await using transport = open(server.address);
    const failure = failureOf(await transport.call('check', request, 5_000));
    assert.is(failure.code, 'INTERNAL');
    assert.is(failure.by, 'connection');
    assert.is(transport.state, 'open');
  });

  on('end well after the server has said that it takes no more', async () => {
    await using server = await startServer(stream => {
      stream.session?.close();
      void pause(30).then(() => answer(stream, 'the last one'));
    });
    let ended = 0;
    await using transport = open(server.address, { onEnded: () => ended++ });
    const last = transport.call('check', request, 5_000);
    await until(() => ended === 1);
    assert.is(failureOf(await transport.call('check', request, 5_000)).code, 'UNAVAILABLE');
    assert.equal(await last, { reply: Buffer.from('the last one') });
    await until(() => server.sessions.size === 0);
  });

  on('fail where something else than HTTP/2 is spoken', async () => {
    await using server = await startRaw(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await using transport = open(server.address);
    const failure = failureOf(await transport.call('check', request, 5_000));
    assert.is(failure.code, 'UNAVAILABLE');
    assert.is(failure.by, 'connection');
  });

  on('fail where a connection is taken and nothing is said', async () => {
    await using server = await startRaw(() => {});
    await using transport = open(server.address, { limits: { connect: 50 } });
    const failure = failureOf(await transport.call('check', request, 5_000));
    assert.is(failure.code, 'UNAVAILABLE');
    assert.is(failure.by, 'connection');
    assert.is(transport.state, 'ended');
    await until(() => server.sockets.size === 0);
  });

  on('fail where what answers is no gRPC server', async () => {
    const failure = failureOf(await call(stream => stream.respond({ ':status': 503 }, { endStream: true })));
    assert.is(failure.code, 'UNAVAILABLE');
    assert.is(failure.by, 'connection');
  });

  on('refuse an answer that is too long', async () => {
    const limits = { replyBytes: 1_000 };
    const fits = await call(stream => answer(stream, Buffer.alloc(1_000)), 5_000, { limits });
    assert.ok('reply' in fits);
    const failure = failureOf(await call(stream => answer(stream, Buffer.alloc(1_001)), 5_000, { limits }));
    assert.is(failure.code, 'RESOURCE_EXHAUSTED');
    assert.is(failure.by, 'caller');
  });

  on('are answered if they were made just before the transport is closed', async () => {
    await using server = await startServer(stream => answer(stream, 'just in time'));
    await using transport = open(server.address);
    await transport.call('check', request, 5_000);
    const last = transport.call('check', request, 5_000);
    await transport.close(5_000);
    assert.equal(await last, { reply: Buffer.from('just in time') });
  });

  on('in flight may end when the transport is closed, within the time for it', async () => {
    let stuck = 0;
    await using server = await startServer((stream, _headers, bytes) => {
      if (bytes.subarray(5).toString() === 'stuck') stuck++;
      else void pause(30).then(() => answer(stream, 'in time'));
    });
    await using transport = open(server.address);
    const inTime = transport.call('check', request, 5_000);
    const late = transport.call('report', Buffer.from('stuck'), 5_000);
    await until(() => stuck === 1);
    const closed = transport.close(100);
    assert.is(failureOf(await transport.call('check', request, 5_000)).seen, 'no');
    assert.equal(await inTime, { reply: Buffer.from('in time') });
    await closed;
    assert.is('failure' in (await late), true);
    await until(() => server.sessions.size === 0);
  });
}

test.run();
