import { once } from 'node:events';
import { chmod, lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type KraterError, statusCodes } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMixerServer, type MixerServerOptions } from '../../src/index.ts';
import { checkRequest, eventually, frame, RawPeer, replyOf, StockPeer, startRig } from './rig.ts';

const connections = suite('connections of a Mixer server');

/** A connection that says what a test wants; resolves when it is over. */
function dial(authority: string, ...says: readonly Buffer[]): Promise<void> {
  const [host = '', port = ''] = authority.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  for (const bytes of says) socket.write(bytes);
  return new Promise(resolve => socket.resume().on('close', () => resolve()));
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

connections('are cut where they do not speak HTTP/2, or are slow to begin', async () => {
  await using rig = await startRig({ limits: { handshakeTimeout: 100 } });
  await dial(rig.authority, Buffer.from('GET / HTTP/1.1\r\nHost: mixer\r\n\r\n'));
  await dial(rig.authority, preface, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0]));
  await dial(rig.authority, preface, Buffer.from([0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0]));
  assert.is(rig.server.statistics().counts.cut['not-grpc'], 3);
  await dial(rig.authority);
  await dial(rig.authority, preface.subarray(0, 10));
  await dial(rig.authority, preface, Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0]));
  assert.is(rig.server.statistics().counts.cut.slow, 3);
});

connections('are sorted by their first frame, in whatever pieces it comes', async () => {
  await using rig = await startRig();
  const [host = '', port = ''] = rig.authority.split(':');
  const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0x4b, 0x52, 0, 0, 0, 1]);
  const socket: Socket = connect({ host, port: Number(port), noDelay: true });
  socket.on('error', () => {});
  for (const byte of Buffer.concat([preface, settings])) {
    socket.write(Buffer.from([byte]));
    await delay(1);
  }
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.is(answer[3], 4, 'the settings of the server');
  assert.is(rig.server.statistics().counts.endpoints.http2.connections, 1);
  socket.destroy();
  await eventually(() => rig.server.statistics().counts.endpoints.http2.connections === 0);
});

connections('are no more than there may be', async () => {
  await using rig = await startRig({ limits: { maxConnections: 2 } });
  using first = new RawPeer(rig.authority, true);
  using second = new StockPeer(rig.authority);
  for (const peer of [first, second]) replyOf(await peer.call('check', checkRequest(rig.bag())));
  await dial(rig.authority);
  assert.is(rig.server.statistics().counts.cut['too-many'], 1);
});

connections('end with a message that never arrives, and others go on', async () => {
  await using rig = await startRig({ limits: { messageTimeout: 100 } });
  const request = checkRequest(rig.bag());
  for (const own of [true, false]) {
    using peer = new RawPeer(rig.authority, own);
    const slow = peer.send('check', [frame(request).subarray(0, 20), undefined]);
    const silent = peer.send('check', [undefined]);
    replyOf(await peer.call('check', request));
    assert.is((await slow).status, statusCodes.DEADLINE_EXCEEDED.number);
    assert.is((await silent).status, statusCodes.DEADLINE_EXCEEDED.number);
    replyOf(await peer.call('check', request));
  }
});

connections('hold together no more of unfinished messages than they may', async () => {
  await using rig = await startRig({ limits: { maxUnfinished: 100_000 } });
  using peer = new RawPeer(rig.authority, true);
  const half = frame(Buffer.alloc(80_000)).subarray(0, 60_000);
  const first = peer.send('check', [half, undefined]);
  await delay(50);
  const second = await peer.send('check', [half, undefined]);
  assert.is(second.status, statusCodes.RESOURCE_EXHAUSTED.number);
  replyOf(await peer.call('check', checkRequest(rig.bag())));
  peer[Symbol.dispose]();
  await first;
});

connections('are told to go away when they are old, and lose no call by it', async () => {
  await using rig = await startRig({ limits: { maxAge: 300, ageGrace: 5_000 } });
  let open = () => {};
  for (const own of [true, false]) {
    using peer = new RawPeer(rig.authority, own);
    rig.behaviour.gate = new Promise<void>(resolve => {
      open = resolve;
    });
    const waiting = peer.call('check', checkRequest(rig.bag()));
    assert.is(await peer.goneAway, 0);
    await delay(700);
    open();
    replyOf(await waiting);
    await once(peer.session, 'close');
  }
});

connections('are told to go away when nobody calls', async () => {
  await using rig = await startRig({ limits: { maxIdle: 200 } });
  for (const own of [true, false]) {
    using peer = new RawPeer(rig.authority, own);
    replyOf(await peer.call('check', checkRequest(rig.bag())));
    assert.is(await peer.goneAway, 0);
    if (!peer.session.destroyed) await once(peer.session, 'close');
  }
});

connections('end where nobody answers a ping', async () => {
  await using rig = await startRig({ limits: { keepaliveTime: 100, keepaliveTimeout: 100 } });
  const settings = (mark: boolean) =>
    Buffer.from(mark ? [0, 0, 6, 4, 0, 0, 0, 0, 0, 0x4b, 0x52, 0, 0, 0, 1] : [0, 0, 0, 4, 0, 0, 0, 0, 0]);
  await Promise.all([true, false].map(own => dial(rig.authority, preface, settings(own))));
  assert.is(rig.server.statistics().counts.cut.unresponsive, 1);
  using alive = new RawPeer(rig.authority, true);
  replyOf(await alive.call('check', checkRequest(rig.bag())));
  await delay(500);
  replyOf(await alive.call('check', checkRequest(rig.bag())));
});

connections(
  'come by a Unix socket, which is its owner’s only, and replaces one that was left behind',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'krater-wire-'));
    const path = join(folder, 'mixer.sock');
    try {
      const dead = createServer().listen(path);
      await once(dead, 'listening');
      // A file with nobody behind it, as a crash leaves it.
      await chmod(path, 0o777);
      (dead as unknown as { _handle: { close(): void } })._handle.close();
      await writeFile(join(folder, 'still'), '');
      await using rig = await startRig({ listen: { path } });
      assert.is((await lstat(path)).mode & 0o777, 0o600);
      using peer = new StockPeer(path);
      replyOf(await peer.call('check', checkRequest(rig.bag())));
      const { mixer } = rig;
      assert.is(await codeOf({ mixer, listen: { path } }), 'WIRE_ADDRESS_IN_USE');
      assert.is(await codeOf({ mixer, listen: { path: join(folder, 'still') } }), 'WIRE_CANNOT_LISTEN');
      assert.is(await codeOf({ mixer, listen: { path: join(folder, 'none', 'x') } }), 'WIRE_CANNOT_LISTEN');
      await rig.server.drain(1_000);
      assert.is(await lstat(path).catch(() => 'gone'), 'gone');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

connections(
  'are not taken where anybody could choose whose rules apply, or where another listens',
  async () => {
    await using rig = await startRig();
    const { mixer } = rig;
    assert.is(await codeOf({ mixer, listen: { host: '0.0.0.0', port: 0 } }), 'WIRE_NAMESPACE_NEEDED');
    const port = Number(rig.authority.split(':')[1]);
    assert.is(await codeOf({ mixer, listen: { host: '127.0.0.1', port } }), 'WIRE_ADDRESS_IN_USE');
    const open = await createMixerServer({ mixer, listen: { host: '0.0.0.0', port: 0 }, namespace: 'shop' });
    await open.drain(0);
  },
);

async function codeOf(options: MixerServerOptions): Promise<string | undefined> {
  try {
    await (await createMixerServer(options)).drain(0);
    return undefined;
  } catch (error) {
    return (error as KraterError).code;
  }
}

connections.run();
