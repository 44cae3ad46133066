import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeWatchUpdate } from '../../src/codec/watch.ts';
import type { WatchUpdate } from '../../src/messages.ts';
import { methods } from '../../src/methods.ts';
import {
  checkRequest,
  eventually,
  frame,
  policy,
  RawPeer,
  type Rig,
  replyOf,
  StockPeer,
  startRig,
} from './rig.ts';

const watch = suite('the watch stream of a Mixer server');

interface Watched {
  readonly updates: WatchUpdate[];
  readonly ended: Promise<number>;
  stop(): void;
}

function watchRaw(peer: RawPeer): Watched {
  const updates: WatchUpdate[] = [];
  const stream = peer.session.request({
    ':method': 'POST',
    ':path': methods.watch,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let held = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5 && held.length >= 5 + held.readUInt32BE(1)) {
      const end = 5 + held.readUInt32BE(1);
      updates.push(decodeWatchUpdate(held.subarray(5, end)));
      held = held.subarray(end);
    }
  });
  stream.on('error', () => {});
  stream.end(frame(Buffer.alloc(0)));
  let status = Number.NaN;
  for (const event of ['response', 'trailers'])
    stream.on(event, fields => {
      if (fields['grpc-status'] !== undefined) status = Number(fields['grpc-status']);
    });
  const ended = once(stream, 'close').then(() => status);
  return { updates, ended, stop: () => stream.close(8) };
}

const asItIs = (bytes: Buffer) => bytes;

function watchStock(peer: StockPeer): Watched {
  const updates: WatchUpdate[] = [];
  const stream = peer.client.makeServerStreamRequest(methods.watch, asItIs, asItIs, Buffer.alloc(0));
  stream.on('data', (message: Buffer) => updates.push(decodeWatchUpdate(message)));
  stream.on('error', () => {});
  const ended = new Promise<number>(resolve => stream.on('status', ({ code }) => resolve(code)));
  return { updates, ended, stop: () => stream.cancel() };
}

/** Both endpoints, one after the other. */
async function onBoth(rig: Rig, test: (watched: Watched) => Promise<void>): Promise<void> {
  using own = new RawPeer(rig.authority, true);
  await test(watchRaw(own));
  using stock = new StockPeer(rig.authority, credentials.createInsecure());
  await test(watchStock(stock));
}

const more = `${policy}
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: more }
spec:
  match: destination.service.name == "details"
  actions: [{ handler: probe, instances: [{ name: user, template: listentry, params: { value: source.user | "" } }] }]
`;

watch(
  'begins with the whole state, and tells each change once, the failure table only where it is another',
  async () => {
    await using rig = await startRig();
    await onBoth(rig, async ({ updates, stop, ended }) => {
      await eventually(() => updates.length > 0);
      assert.equal(updates[0], {
        ...rig.mixer.state(),
        draining: false,
        failureTable: rig.mixer.failureTable(),
      });
      const before = updates.length;
      await rig.mixer.reload(more);
      await eventually(() => updates.length > before);
      await delay(50);
      assert.is(updates.length, before + 1);
      assert.is(updates.at(-1)?.snapshot, rig.mixer.state().snapshot);
      assert.equal(updates.at(-1)?.failureTable, rig.mixer.failureTable());
      await rig.mixer.reload(more.replace('source.user | ""', 'source.user | "-"'));
      await eventually(() => updates.at(-1)?.snapshot === rig.mixer.state().snapshot);
      assert.is(updates.at(-1)?.failureTable, undefined, 'rules deny under the same conditions as before');
      await rig.mixer.reload(policy);
      await eventually(() => updates.at(-1)?.snapshot === rig.mixer.state().snapshot);
      stop();
      await ended;
      await eventually(() => rig.server.statistics().watchers === 0);
    });
  },
);

watch('shows signs of life where nothing changes', async () => {
  await using rig = await startRig({ limits: { heartbeat: 20 } });
  await onBoth(rig, async ({ updates }) => {
    await eventually(() => updates.length >= 3);
    assert.equal(updates[1]?.failureTable, undefined);
    assert.equal(updates[2]?.epochs, rig.mixer.state().epochs);
  });
});

watch('is one of so many', async () => {
  await using rig = await startRig({ limits: { maxWatchers: 1 } });
  using own = new RawPeer(rig.authority, true);
  const first = watchRaw(own);
  await eventually(() => first.updates.length === 1);
  assert.is(await watchRaw(own).ended, 8, 'RESOURCE_EXHAUSTED');
  using stock = new StockPeer(rig.authority);
  assert.is(await watchStock(stock).ended, 8, 'RESOURCE_EXHAUSTED');
});

watch('tells one who reads slowly the newest state only, and ends if he does not read at all', async () => {
  // Rules under long conditions make a failure table that no window takes whole.
  const rules = Array.from(
    { length: 400 },
    (_, index) => `
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: long-${index} }
spec:
  match: destination.service.name == "${'long-'.repeat(100)}${index}"
  actions: [{ handler: probe, instances: [{ name: user, template: listentry, params: { value: source.user | "" } }] }]`,
  ).join('');
  await using rig = await startRig({ config: policy + rules, limits: { heartbeat: 30 } });
  using peer = new RawPeer(rig.authority, true);
  const stream = peer.session.request({
    ':method': 'POST',
    ':path': methods.watch,
    'content-type': 'application/grpc',
  });
  stream.on('error', () => {});
  stream.end(frame(Buffer.alloc(0)));
  await once(stream, 'response');
  await eventually(() => rig.server.statistics().watchers === 1);
  const sent = () => rig.server.statistics().counts.endpoints.http2.bytesSent;
  await eventually(() => sent() > 200_000);
  const before = sent();
  for (const user of ['a', 'b', 'c']) await rig.mixer.reload(policy + rules.replace('"long-', `"${user}-`));
  assert.is(sent(), before);
  await eventually(() => rig.server.statistics().watchers === 0);
});

watch('ends with a drain, having said so, and calls in flight are answered before the end', async () => {
  await using rig = await startRig();
  using own = new RawPeer(rig.authority, true);
  using stock = new StockPeer(rig.authority);
  const both = [watchRaw(own), watchStock(stock)];
  await eventually(() => both.every(({ updates }) => updates.length === 1));
  let open = () => {};
  rig.behaviour.gate = new Promise<void>(resolve => {
    open = resolve;
  });
  const calls = [own, stock].map(peer => peer.call('check', checkRequest(rig.bag())));
  await eventually(() => rig.server.statistics().inFlight.check === 2);
  const drained = rig.server.drain(10_000);
  assert.is(await own.goneAway, 0);
  assert.equal(await Promise.all(both.map(({ ended }) => ended)), [0, 0]);
  assert.equal(
    both.map(({ updates }) => updates.at(-1)?.draining),
    [true, true],
  );
  open();
  for (const result of await Promise.all(calls)) replyOf(result);
  stock[Symbol.dispose]();
  await drained;
  using late = new StockPeer(rig.authority);
  assert.is((await late.call('check', checkRequest(rig.bag()), 2_000)).status, 14, 'UNAVAILABLE');
});

watch('does not hold a drain longer than it may take', async () => {
  await using rig = await startRig();
  let open = () => {};
  rig.behaviour.gate = new Promise<void>(resolve => {
    open = resolve;
  });
  for (const own of [true, false]) {
    const peer = new RawPeer(rig.authority, own);
    watchRaw(peer);
    void peer.call('check', checkRequest(rig.bag()));
  }
  await eventually(() => rig.server.statistics().inFlight.check === 2);
  await rig.server.drain(100);
  open();
  await eventually(() => rig.server.statistics().inFlight.check === 0);
});

watch.run();
