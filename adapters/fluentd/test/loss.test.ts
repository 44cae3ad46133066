import { decode, encode } from '@msgpack/msgpack';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forwardServer, logger, rawServer } from './forward.ts';

const test = suite('fluentd loss');

test('accounts for every entry while the server is killed and started again under load', async () => {
  const first = await forwardServer();
  const one = await logger({ address: first.address, buffer: { chunk: '2KiB', timeout: '10s' } });
  one.tellMany(1_000);
  await one.settled(300);
  await first.kill();
  for (let round = 1; round < 10; round++) {
    one.tellMany(1_000, round * 1_000);
    await one.env.clock.advance(100, { wait: false });
  }
  await using second = await forwardServer({}, first.port);
  await one.settledInTime(10_000);
  await one.close();
  assert.is(one.acknowledged(), 10_000, 'the buffer held what came while the server was gone');
  const numbers = new Set([...first.events, ...second.events].map(({ record }) => record['n']));
  assert.is(numbers.size, 10_000);
});

test('keeps its bound while the server is down, and counts what does not fit as lost', async () => {
  const gone = await forwardServer();
  await gone.kill();
  const one = await logger({
    address: gone.address,
    buffer: { size: '64KiB', chunk: '16KiB', timeout: '5s' },
  });
  for (let round = 0; round < 50; round++) {
    one.tellMany(2_000, round * 2_000);
    await one.env.clock.advance(20, { wait: false });
  }
  const before = one.lost();
  assert.ok(before > 95_000, `${before}`);
  await using back = await forwardServer({}, gone.port);
  await one.settledInTime(100_000);
  await one.close();
  assert.is(one.acknowledged() + one.lost(), 100_000);
  assert.ok(one.acknowledged() > 1_000);
  assert.is(back.events.length, one.acknowledged());
});

test('loses nothing although the buffer holds one chunk only', async () => {
  await using server = await forwardServer();
  const one = await logger({ address: server.address, buffer: { size: '2KiB', chunk: '2KiB' } });
  for (let round = 1; round <= 5; round++) {
    one.tellMany(80);
    assert.is(one.lost(), 0);
    await one.settled(80 * round);
  }
  await one.close();
  assert.is(one.acknowledged(), 400);
});

test('gives a chunk up after its timeout when the server takes it and says nothing', async () => {
  await using silent = await rawServer(socket => socket.resume());
  const one = await logger({ address: silent.address, buffer: { timeout: '2s' } });
  one.tellMany(10);
  await one.env.clock.advance(1_000, { wait: false });
  await one.settledInTime(10);
  assert.equal([one.acknowledged(), one.lost()], [0, 10]);
  assert.match(String(one.env.logged[0]?.fields['why']), /not answered in time/);
  await one.close();
});

test('does not wait on closing for a server that never reads', async () => {
  await using deaf = await rawServer(() => {});
  const one = await logger({ address: deaf.address });
  for (let round = 0; round < 40; round++) one.tellMany(5_000);
  const closed = one.close();
  for (let step = 0; step < 25; step++) await one.env.clock.advance(100, { wait: false });
  await closed;
  assert.is(one.acknowledged(), 0);
  assert.is(one.lost(), 200_000);
});

const hostile: [what: string, answer: (socket: import('node:net').Socket) => void, why: RegExp][] = [
  ['closes at once', socket => socket.destroy(), /closed|ECONNRESET|EPIPE/],
  ['answers with what is no message', socket => socket.write('\xc1', 'latin1'), /does not speak/],
  ['answers with two messages at once', socket => socket.write('\x01\x01', 'latin1'), /does not speak/],
  ['confirms another chunk', socket => socket.write(encode({ ack: 'other' })), /confirms another chunk/],
  ['claims a text of 4 GiB', socket => socket.write('\xdb\xff\xff\xff\xff', 'latin1'), /does not speak/],
  ['claims a list of 4 billion', socket => socket.write('\xdd\xff\xff\xff\xff', 'latin1'), /does not speak/],
  [
    'nests lists without end',
    socket => socket.write(Buffer.alloc(16_000, 0x91)),
    /too long|in time|does not speak/,
  ],
  ['talks without end', socket => socket.write(Buffer.alloc(100_000, 0xc6)), /too long|does not speak/],
];
for (const [what, answer, why] of hostile) {
  test(`survives a server that ${what}`, async () => {
    await using server = await rawServer(socket => {
      socket.once('data', () => answer(socket));
      socket.resume();
    });
    const one = await logger({ address: server.address, buffer: { timeout: '1s' } });
    one.tellMany(10);
    await one.settledInTime(10);
    await one.close();
    assert.equal([one.acknowledged(), one.lost()], [0, 10]);
    assert.match(String(one.env.logged[0]?.fields['why']), why);
  });
}

test('does not believe a server that cannot prove that it knows the shared key', async () => {
  process.env['FLUENTD_TEST_KEY'] = 'sesame';
  await using liar = await rawServer(socket => {
    socket.write(encode(['HELO', { nonce: new Uint8Array(16), auth: '', keepalive: true }]));
    socket.once('data', ping => {
      assert.is((decode(ping) as unknown[])[0], 'PING');
      socket.write(encode(['PONG', true, '', 'server', '0'.repeat(128)]));
      socket.once('data', () => assert.unreachable('entries were sent'));
    });
  });
  const one = await logger({ address: liar.address, sharedKey: { env: 'FLUENTD_TEST_KEY' } });
  delete process.env['FLUENTD_TEST_KEY'];
  one.tellMany(10);
  await one.close();
  assert.is(one.lost(), 10);
  assert.match(String(one.env.logged[0]?.fields['why']), /does not know the shared key/);
});

test.run();
