import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mark } from '../../src/mark.ts';
import { openHttp2Transport } from '../../src/transport/http2-transport.ts';
import type { TransportOptions } from '../../src/transport.ts';
import { ambient, answer, begin, pause, startRaw, startServer, until } from './servers.ts';

const test = suite('the transport on node:http2');

const request = Buffer.from('the request');
const limits = { silence: 40, pong: 40 };

function open(address: string, more: Partial<TransportOptions> = {}) {
  const transport = openHttp2Transport({ address, ambient, ...more });
  return Object.assign(transport, { [Symbol.asyncDispose]: () => transport.close(0) });
}

test('sends all that one turn of the event loop asks for in one write', async () => {
  await using server = await startServer((stream, _headers, bytes) => answer(stream, bytes.subarray(5)));
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const wire = new CountingWire(socket);
  await using transport = open(server.address, { connect: () => wire });
  await transport.call('check', request, 5_000);
  await pause(20);

  const before = wire.writes;
  const bursts = 5;
  for (let burst = 0; burst < bursts; burst++) {
    await Promise.all(Array.from({ length: 30 }, () => transport.call('check', request, 5_000)));
    await pause(10);
  }
  assert.is(wire.writes - before, bursts);
});

/** Counts how often it is written to: what a socket is given at once, it sends by one call of the system. */
class CountingWire extends Duplex {
  readonly #socket: Socket;
  writes = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', chunk => this.push(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', error => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.writes++;
    this.#socket.write(chunk, done);
  }

  override _writev(parts: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(parts.map(({ chunk }) => chunk)), 'buffer', done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

test('marks its connection, so that the server knows it before the first call', async () => {
  await using server = await startServer(stream => answer(stream, 'x'));
  await using transport = open(server.address);
  await transport.call('check', request, 5_000);
  const [session] = server.sessions;
  assert.equal({ ...session?.remoteSettings.customSettings }, { ...mark });
});

test('knows that a refused call was not looked at', async () => {
  await using server = await startServer(stream => stream.close(7));
  await using transport = open(server.address);
  const result = await transport.call('check', request, 5_000);
  assert.equal(result, {
    failure: {
      code: 'UNAVAILABLE',
      message: 'the server reset the call with REFUSED_STREAM',
      seen: 'no',
      by: 'connection',
    },
  });
});

test('knows which calls a leaving server has not looked at', async () => {
  await using server = await startServer((stream, _headers, bytes) => {
    if (bytes.subarray(5).toString() === 'second') stream.session?.goaway(2, 1);
  });
  await using transport = open(server.address);
  const results = await Promise.all(
    ['first', 'second'].map(text => transport.call('check', Buffer.from(text), 5_000)),
  );
  assert.equal(
    results.map(result => 'failure' in result && result.failure.seen),
    ['perhaps', 'no'],
  );
});

test('says in one message what came of each address of a name', async () => {
  const { address, ...server } = await startRaw(() => {});
  await server[Symbol.asyncDispose]();
  await using transport = open(address.replace('127.0.0.1', 'localhost'));
  const result = await transport.call('check', request, 5_000);
  assert.match('failure' in result ? result.failure.message : '', /ECONNREFUSED/);
});

test('refuses an answer of two messages, and one that ends too soon', async () => {
  const respond = { ':status': 200, 'content-type': 'application/grpc' };
  const ofBytes = async (bytes: Buffer) => {
    await using server = await startServer(stream => {
      stream.respond(respond, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(bytes);
    });
    await using transport = open(server.address);
    const result = await transport.call('check', request, 5_000);
    return 'failure' in result && `${result.failure.code} ${result.failure.message}`;
  };
  const empty = Buffer.of(0, 0, 0, 0, 0);
  assert.is(await ofBytes(Buffer.concat([empty, empty])), 'INTERNAL the answer has 2 messages, not one');
  assert.is(await ofBytes(Buffer.alloc(0)), 'INTERNAL the answer has 0 messages, not one');
  assert.is(await ofBytes(Buffer.of(0, 0, 0, 0, 9, 1)), 'INTERNAL the answer ends within a message');
  assert.is(await ofBytes(Buffer.from('<html>')), 'INTERNAL the answer is compressed or no gRPC message');
});

test('takes no more calls than HTTP/2 has numbers for, and answers the last of them', async () => {
  await using server = await startServer(stream => answer(stream, 'x'));
  let ended = 0;
  await using transport = open(server.address, { limits: { calls: 3 }, onEnded: () => ended++ });
  for (let call = 0; call < 3; call++)
    assert.ok('reply' in (await transport.call('check', request, 5_000)), String(call));
  assert.is(ended, 1);
  const result = await transport.call('check', request, 5_000);
  assert.is('failure' in result && result.failure.seen, 'no');
});

test('reads what has come while the process was busy, before it takes a call for unanswered', async () => {
  const worker = new Worker(new URL('./slow-server.ts', import.meta.url), { argv: ['40'] });
  const [address] = (await once(worker, 'message')) as [string];
  await using transport = open(address);
  await transport.call('check', request, 5_000);
  const answered = transport.call('check', request, 80);
  await pause(10);
  // From here on timers come before what was received.
  await setImmediate();
  for (const end = performance.now() + 150; performance.now() < end; );
  assert.ok('reply' in (await answered));
  await worker.terminate();
});

test('finds out that nobody is at the other end any more', async () => {
  await using server = await startServer(stream => begin(stream)('state'));
  let through = true;
  await using relay = await startRaw(socket => {
    const onward = connect(server.port, '127.0.0.1');
    onward.on('data', chunk => through && socket.write(chunk));
    socket.on('data', chunk => through && onward.write(chunk));
    socket.on('close', () => onward.destroy());
    onward.on('error', () => {});
  });
  await using transport = open(relay.address, { limits });
  let heard = 0;
  transport.watch(
    request,
    () => heard++,
    () => {},
  );
  await until(() => heard === 1);
  await pause(200);
  assert.is(transport.state, 'open', 'a silent connection that answers pings is a good one');
  through = false;
  await until(() => transport.state === 'ended');
});

test('leaves no socket behind where the other side neither reads nor answers', async () => {
  await using deaf = await startRaw(one => one.pause());
  const socket = connect(Number(deaf.address.split(':')[1]), '127.0.0.1');
  const transport = open(deaf.address, { limits: { connect: 50 }, connect: () => socket });
  const result = await transport.call('report', Buffer.alloc(8_000_000), 5_000);
  assert.is('failure' in result && result.failure.code, 'UNAVAILABLE');
  await transport.close(60_000);
  assert.ok(socket.closed);
});

test('pings no servers but ours, which may take it amiss', async () => {
  let pings = 0;
  await using server = await startServer(stream => answer(stream, 'x'));
  await using transport = open(server.address, { limits });
  await transport.call('check', request, 5_000);
  for (const session of server.sessions) session.on('ping', () => pings++);
  await pause(150);
  assert.is(pings, 0);
});

test('reaches sockets of Unix and IPv6', async () => {
  const path = join(tmpdir(), `krater-wire-${process.pid}.sock`);
  for (const listen of [{ path }, { host: '::1', port: 0 }]) {
    await using server = await startServer(stream => answer(stream, 'here'), { listen });
    await using transport = open(server.address);
    assert.equal(await transport.call('check', request, 5_000), { reply: Buffer.from('here') });
  }
});

test.run();
