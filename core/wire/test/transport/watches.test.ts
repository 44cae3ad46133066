import type { ServerHttp2Stream } from 'node:http2';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTransport } from '../../src/transport/open-transport.ts';
import { type CallFailure, type Transport, transports } from '../../src/transport.ts';
import { ambient, begin, pause, refuse, startServer, until } from './servers.ts';

/** What holds for every transport. */
const test = suite('watch streams');

const request = Buffer.from('who watches');

/** A watch, and what is heard of it. */
function watch(transport: Transport) {
  const messages: string[] = [];
  const ends: CallFailure[] = [];
  const stream = transport.watch(
    request,
    message => messages.push(message.toString()),
    failure => ends.push(failure),
  );
  return { messages, ends, stream };
}

for (const kind of transports) {
  const on = (name: string, run: () => Promise<void>) => test(`${kind}: ${name}`, run);
  const open = (address: string) => {
    const transport = openTransport(kind, { address, ambient });
    return Object.assign(transport, { [Symbol.asyncDispose]: () => transport.close(0) });
  };

  on('bring every message when it is sent, without a deadline', async () => {
    let send: (message: string) => void = () => {};
    let path: unknown;
    let timeout: unknown;
    await using server = await startServer((stream, headers) => {
      path = headers[':path'];
      timeout = headers['grpc-timeout'];
      send = begin(stream);
      send('one');
      send('two');
    });
    await using transport = open(server.address);
    const { messages, ends } = watch(transport);
    await until(() => messages.length === 2);
    await pause(20);
    send('three');
    await until(() => messages.length === 3);
    assert.equal(messages, ['one', 'two', 'three']);
    assert.equal(ends, []);
    assert.is(path, '/krater.mixer.v1.Watch/Watch');
    assert.is(timeout, undefined);
  });

  on('end with the status of the server', async () => {
    await using server = await startServer(stream => refuse(stream, 12, 'no such method'));
    await using transport = open(server.address);
    const { ends } = watch(transport);
    await until(() => ends.length === 1);
    assert.is(ends[0]?.code, 'UNIMPLEMENTED');
    assert.is(ends[0]?.by, 'server');
    assert.is(transport.state, 'open');
  });

  on('are over when the server ends them without an error', async () => {
    await using server = await startServer(stream => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end();
    });
    await using transport = open(server.address);
    const { ends } = watch(transport);
    await until(() => ends.length === 1);
    assert.is(ends[0]?.code, 'UNAVAILABLE');
  });

  on('end with the connection', async () => {
    await using server = await startServer(stream => begin(stream)('one'));
    await using transport = open(server.address);
    const { messages, ends } = watch(transport);
    await until(() => messages.length === 1);
    for (const session of server.sessions) session.destroy();
    await until(() => ends.length === 1);
    await until(() => transport.state === 'ended');
    const late = watch(transport);
    await until(() => late.ends.length === 1);
    assert.is(late.ends[0]?.code, 'UNAVAILABLE');
  });

  on('are given up without being told of their end', async () => {
    let served: ServerHttp2Stream | undefined;
    await using server = await startServer(stream => {
      served = stream;
      begin(stream)('one');
    });
    await using transport = open(server.address);
    const { messages, ends, stream } = watch(transport);
    await until(() => messages.length === 1);
    stream[Symbol.dispose]();
    await until(() => served?.closed === true);
    assert.is(served?.rstCode, 8);
    assert.equal(ends, []);
    assert.is(transport.state, 'open');
  });

  on('end at once when the transport is closed', async () => {
    await using server = await startServer(stream => begin(stream)('one'));
    const transport = open(server.address);
    const { messages, ends } = watch(transport);
    await until(() => messages.length === 1);
    await transport.close(60_000);
    await until(() => ends.length === 1 && server.sessions.size === 0);
  });
}

test.run();
