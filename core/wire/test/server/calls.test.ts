import { setTimeout as delay } from 'node:timers/promises';
import { statusCodes } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkRequest,
  eventually,
  frame,
  type Peer,
  peersOf,
  RawPeer,
  replyOf,
  reportRequest,
  startRig,
} from './rig.ts';

const calls = suite('calls of a Mixer server');

const { INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, CANCELLED } = statusCodes;
/** What is no message at all the two endpoints call by different names. */
const noMessage: readonly number[] = [INVALID_ARGUMENT.number, UNIMPLEMENTED.number];

async function withPeers(peers: readonly Peer[], test: (peer: Peer) => Promise<void>): Promise<void> {
  for (const peer of peers) {
    try {
      await test(peer);
    } catch (error) {
      (error as Error).message = `${peer.name}: ${(error as Error).message}`;
      throw error;
    } finally {
      peer[Symbol.dispose]();
    }
  }
}

calls('answer checks alike, whoever asks in whichever way', async () => {
  await using rig = await startRig();
  await withPeers(peersOf(rig), async peer => {
    const allowed = replyOf(await peer.call('check', checkRequest(rig.bag())));
    assert.is(allowed.status.code, 'OK');
    assert.equal(allowed.references, [
      { name: 'destination.service.name', present: true },
      { name: 'source.user', present: true },
      { name: 'destination.namespace', present: false },
    ]);
    const denied = replyOf(await peer.call('check', checkRequest(rig.bag('ratings', 'mallory'))));
    assert.equal(denied.status, { code: 'PERMISSION_DENIED', message: 'mallory is on the list' });
  });
  assert.is(rig.server.statistics().counts.endpoints.http2.accepted, 1);
  assert.is(rig.server.statistics().counts.endpoints['grpc-js'].accepted, 2);
});

calls('tell our own clients more, and others for a second at most', async () => {
  await using rig = await startRig();
  await withPeers(peersOf(rig), async peer => {
    const ours = replyOf(await peer.call('check', checkRequest(rig.bag(), 'client-1')));
    assert.is(ours.validity.duration, 60_000);
    assert.is(ours.krater?.node, rig.mixer.state().node);
    assert.is(ours.krater?.snapshot, rig.mixer.state().snapshot);
    assert.equal(ours.krater?.epochs, rig.mixer.state().epochs);
    assert.is(rig.mixer.decision(ours.krater?.decision ?? '')?.status.code, 'OK');
    const others = replyOf(await peer.call('check', checkRequest(rig.bag())));
    assert.is(others.validity.duration, 1_000);
    assert.is(others.krater, undefined);
  });
});

calls('let the request name its namespace, on which the answer then depends', async () => {
  await using rig = await startRig();
  await withPeers(peersOf(rig), async peer => {
    const bag = rig.bag().put('destination.namespace', 'shop');
    const { status, references } = replyOf(await peer.call('check', checkRequest(bag)));
    assert.is(status.code, 'PERMISSION_DENIED');
    assert.equal(
      references.filter(({ name }) => name === 'destination.namespace'),
      [{ name: 'destination.namespace', present: true }],
    );
  });
});

calls('take the namespace of the server where it has one, whatever requests say', async () => {
  await using rig = await startRig({ namespace: 'shop' });
  await withPeers(peersOf(rig), async peer => {
    const bag = rig.bag().put('destination.namespace', 'default');
    const { status, references } = replyOf(await peer.call('check', checkRequest(bag)));
    assert.is(status.code, 'PERMISSION_DENIED');
    assert.not(references.some(({ name }) => name === 'destination.namespace'));
  });
});

calls('answer what cannot be read with INVALID_ARGUMENT and the field', async () => {
  await using rig = await startRig();
  await withPeers(peersOf(rig), async peer => {
    const result = await peer.call('check', Buffer.from([10, 200, 1]));
    assert.is(result.status, INVALID_ARGUMENT.number);
    assert.match(result.message, 'attributes');
    assert.is((await peer.call('report', Buffer.from([0xff]))).status, INVALID_ARGUMENT.number);
  });
  assert.is(rig.server.statistics().counts.decodeErrors, 6);
});

calls('hand the caller’s deadline to the engine, and are late at once where it has passed', async () => {
  await using rig = await startRig();
  rig.behaviour.gate = new Promise(() => {});
  await withPeers(peersOf(rig), async peer => {
    const { status } = replyOf(await peer.call('check', checkRequest(rig.bag()), 500));
    assert.is(status.code, 'UNAVAILABLE', 'the handler has failed, and its rule denies');
  });
  using raw = new RawPeer(rig.authority, true);
  const passed = await raw.send('check', [frame(checkRequest(rig.bag()))], { 'grpc-timeout': '0n' });
  assert.is(passed.status, DEADLINE_EXCEEDED.number);
});

calls('abort the signal of a handler that looks at it when the caller goes', async () => {
  await using rig = await startRig();
  rig.behaviour.watched = true;
  for (const own of [true, false]) {
    let open = () => {};
    rig.behaviour.gate = new Promise<void>(resolve => {
      open = resolve;
    });
    const peer = new RawPeer(rig.authority, own);
    const before = rig.behaviour.signals.length;
    const lost = peer.call('check', checkRequest(rig.bag()));
    await eventually(() => rig.behaviour.signals.length > before);
    peer[Symbol.dispose]();
    await lost;
    await eventually(() => rig.behaviour.signals.at(-1)?.aborted === true);
    open();
  }
  await eventually(() => {
    const { endpoints } = rig.server.statistics().counts;
    return Object.values(endpoints).every(({ calls }) => calls.check[CANCELLED.number] === 1);
  });
});

calls('refuse what is no unary call of gRPC', async () => {
  await using rig = await startRig({ limits: { maxMessage: 10_000 } });
  const good = checkRequest(rig.bag());
  for (const own of [true, false]) {
    using peer = new RawPeer(rig.authority, own);
    const statusOf = async (...[frames, headers, method = 'check']: Send) =>
      (await peer.send(method, frames, headers)).status;
    assert.is(await statusOf([frame(good), frame(good)]), UNIMPLEMENTED.number, 'two messages');
    assert.ok(noMessage.includes(await statusOf([Buffer.alloc(0)])), 'none');
    const cut = await statusOf([frame(good).subarray(0, 30)]);
    assert.ok(noMessage.includes(cut), 'half a message');
    const compressed = { 'grpc-encoding': 'snappy' };
    assert.is(await statusOf([frame(good, 1)], compressed), UNIMPLEMENTED.number, 'compressed');
    assert.is(await statusOf([frame(Buffer.alloc(20_000))]), RESOURCE_EXHAUSTED.number, 'too large');
    const huge = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    assert.is(await statusOf([huge, undefined]), RESOURCE_EXHAUSTED.number, 'said to be too large');
    assert.is(
      await statusOf([frame(good)], {}, { path: '/istio.mixer.v1.Mixer/Nothing' }),
      UNIMPLEMENTED.number,
    );
    assert.is((await peer.send('check', [frame(good)], { 'content-type': 'text/plain' })).http, 415);
    replyOf(await peer.call('check', good));
  }
});

type Send = [
  frames: readonly (Buffer | undefined)[],
  headers?: Record<string, string>,
  method?: 'check' | { readonly path: string },
];

calls('take a message in any pieces', async () => {
  await using rig = await startRig();
  const whole = frame(checkRequest(rig.bag('ratings', 'mallory')));
  for (const own of [true, false]) {
    using peer = new RawPeer(rig.authority, own);
    const pieces = [...whole].map(byte => Buffer.from([byte]));
    assert.is(replyOf(await peer.send('check', pieces)).status.code, 'PERMISSION_DENIED');
  }
});

calls('answer a report when its records are with their handlers, each record in its namespace', async () => {
  await using rig = await startRig();
  const bags = ['/a', '/b', '/c'].map(path => rig.bag().put('request.path', path));
  bags[1]?.put('destination.namespace', 'shop');
  await withPeers(peersOf(rig), async peer => {
    rig.behaviour.records.length = 0;
    assert.is((await peer.call('report', reportRequest(bags))).status, 0);
    assert.equal(rig.behaviour.records.toSorted(), ['/a', '/b', '/c', 'shop']);
  });
  assert.is(rig.server.statistics().counts.records, 9);
});

calls('take a batch once that comes twice, even while it is being taken, and count losses once', async () => {
  await using rig = await startRig();
  const request = reportRequest([rig.bag()], { client: { id: 'c' }, batchId: '1', losses: { records: 7 } });
  await withPeers(peersOf(rig).slice(0, 1), async peer => {
    rig.behaviour.reportGate = delay(50);
    const both = await Promise.all([peer.call('report', request), peer.call('report', request)]);
    const third = await peer.call('report', request);
    assert.equal(
      [...both, third].map(({ status }) => status),
      [0, 0, 0],
    );
    const other = reportRequest([rig.bag()], { client: { id: 'd' }, batchId: '1' });
    assert.is((await peer.call('report', other)).status, 0);
  });
  const { records, repeatedBatches, lostByClients } = rig.server.statistics().counts;
  assert.equal(
    { records, repeatedBatches, lostByClients },
    { records: 2, repeatedBatches: 2, lostByClients: 7 },
  );
});

calls('tell the sender of a report whose handlers do not take it in time', async () => {
  await using rig = await startRig();
  let open = () => {};
  rig.behaviour.reportGate = new Promise<void>(resolve => {
    open = resolve;
  });
  using peer = new RawPeer(rig.authority, true);
  const result = await peer.call('report', reportRequest([rig.bag()]), 30);
  assert.is(result.status, DEADLINE_EXCEEDED.number);
  assert.is(rig.server.statistics().inFlight.report, 1, 'it is still with its handlers');
  open();
  await eventually(() => rig.server.statistics().inFlight.report === 0);
});

calls.run();
