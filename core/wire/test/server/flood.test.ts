// limit: 300 s
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FieldWriter } from '../../src/codec/field-writer.ts';
import {
  checkRequest,
  eventually,
  frame,
  type Peer,
  peersOf,
  RawPeer,
  type Rig,
  replyOf,
  startRig,
} from './rig.ts';

const flood = suite('a flooded Mixer server');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const settings = (own: boolean) =>
  Buffer.from(own ? [0, 0, 6, 4, 0, 0, 0, 0, 0, 0x4b, 0x52, 0, 0, 0, 1] : [0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** Sends bytes on a connection of its own, and waits for its end, which the server brings about or we do. */
async function spray(authority: string, ...says: readonly Buffer[]): Promise<void> {
  const [host, port] = authority.split(':');
  const socket: Socket = connect({ host: host ?? '', port: Number(port) });
  socket.on('error', () => {});
  for (const bytes of says) socket.write(bytes);
  const closed = new Promise(resolve => socket.resume().on('close', resolve));
  await Promise.race([closed, delay(1_000)]);
  socket.destroy();
  await closed;
}

/** A check of many words, or of whatever makes a decoder work. */
function message(write: (writer: FieldWriter) => void): Buffer {
  const writer = new FieldWriter();
  write(writer);
  return Buffer.from(writer.finish());
}

const manyWords = message(writer => {
  const attributes = writer.begin(1);
  for (let count = 0; count < 100_000; count += 1) writer.text(1, `w${count}`);
  writer.end(attributes);
});
const wrongTypes = message(writer => {
  writer.text(2, 'not a count');
  writer.text(1, '\u0000\u0001');
});
const unknownWords = message(writer => {
  const attributes = writer.begin(1);
  const entry = writer.begin(2);
  writer.uint32(1, 0xffff_fff0);
  writer.uint32(2, 0xffff_fff0);
  writer.end(entry);
  writer.end(attributes);
});

/** Every kind of garbage at once, each on connections of both kinds. */
async function attack(rig: Rig): Promise<void> {
  const { authority } = rig;
  const good = checkRequest(rig.bag());
  const garbage: Promise<unknown>[] = [];
  for (let count = 0; count < 10; count += 1) {
    garbage.push(spray(authority, randomBytes(1_000)));
    for (const own of [true, false]) {
      garbage.push(spray(authority, preface, settings(own), randomBytes(20_000)));
      garbage.push(spray(authority, preface, settings(own), Buffer.from([0, 64, 0, 1, 4, 0, 0, 0, 1, 0x82])));
      garbage.push(spray(authority, preface.subarray(0, 3 + count)));
    }
  }
  for (const own of [true, false]) {
    const peer = new RawPeer(authority, own);
    // What never gets through, because so much is in front of it, ends with its connection.
    const patience = setTimeout(() => peer[Symbol.dispose](), 5_000);
    const calls = [
      ...Array.from({ length: 20 }, () =>
        peer.send({ path: `/${randomBytes(20).toString('hex')}` }, [frame(good)]),
      ),
      peer.send('check', [frame(Buffer.alloc(10_000_000))]),
      peer.send('report', [frame(Buffer.alloc(10_000_000))]),
      peer.call('check', manyWords),
      peer.call('report', manyWords),
      peer.call('check', wrongTypes),
      peer.call('report', wrongTypes),
      peer.call('check', unknownWords),
      ...Array.from({ length: 50 }, () => peer.call('check', randomBytes(500))),
      ...Array.from({ length: 50 }, () => peer.call('report', randomBytes(500))),
      ...Array.from({ length: 20 }, () => peer.send('check', [frame(good).subarray(0, 11), undefined])),
      ...Array.from({ length: 4 }, () =>
        peer.send('report', [frame(Buffer.alloc(3_000_000)).subarray(0, 2_000_000), undefined]),
      ),
    ];
    garbage.push(
      Promise.all(calls).then(results => {
        const ok = results.filter(({ status }) => status === 0).length;
        clearTimeout(patience);
        peer[Symbol.dispose]();
        assert.is(ok, 0, 'nothing of this is a request');
      }),
    );
  }
  await Promise.all(garbage);
}

/** Asks all the time, as healthy clients do; the count of its answers. */
async function healthy(rig: Rig, peer: Peer, until: () => boolean): Promise<number> {
  let answers = 0;
  while (!until()) {
    assert.is(replyOf(await peer.call('check', checkRequest(rig.bag()), 30_000)).status.code, 'OK');
    answers += 1;
  }
  return answers;
}

/** Bytes on the heap and beside it, when nothing that could go is left. */
async function held(): Promise<number> {
  for (let count = 0; count < 4; count += 1) {
    collect();
    await delay(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

flood('keeps answering healthy clients, and what it holds returns to what it held', async () => {
  await using rig = await startRig({
    limits: { handshakeTimeout: 300, messageTimeout: 1_000, maxCheckDelay: 60_000, maxReportDelay: 60_000 },
  });
  const peers = peersOf(rig);
  const rounds = 6;
  const after: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let over = false;
    const asking = Promise.all(peers.map(peer => healthy(rig, peer, () => over)));
    await attack(rig);
    over = true;
    for (const answers of await asking) assert.ok(answers > 10, `${answers} answers`);
    const { counts } = rig.server.statistics();
    await eventually(() => counts.endpoints.http2.connections === 1);
    await eventually(() => counts.endpoints['grpc-js'].connections === 2);
    after.push(await held());
    resident.push(process.memoryUsage().rss);
  }
  for (const peer of peers) peer[Symbol.dispose]();
  // The first rounds fill what is filled once: pools, caches, compiled code.
  const [settled = 0] = after.slice(2).toSorted((a, b) => a - b);
  const last = Math.min(...after.slice(-2));
  assert.ok(last < settled + 2_000_000, `bytes held after each round: ${after.join(', ')}`);
  const growth = (resident.at(-1) ?? 0) - (resident[1] ?? 0);
  assert.ok(growth < 100_000_000, `resident after each round: ${resident.join(', ')}`);
  const { cut, decodeErrors } = rig.server.statistics().counts;
  assert.ok(cut['not-grpc'] >= 10 * rounds && cut.slow >= 10 * rounds, JSON.stringify(cut));
  assert.ok(decodeErrors > 100 * rounds, `${decodeErrors}`);
  console.log(
    after.map(b => Math.round(b / 1e5) / 10).join(' '),
    resident.map(b => Math.round(b / 1e6)).join(' '),
  );
});

flood.run();
