import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, StockPeer, startRig } from './rig.ts';

const tools = suite('health and reflection of a Mixer server');

const asItIs = (bytes: Buffer) => bytes;

/** A protobuf message of one text. */
const text = (field: number, value: string) =>
  Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);

function health(peer: StockPeer, service: string): Promise<Buffer | number> {
  return new Promise(resolve => {
    peer.client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      asItIs,
      asItIs,
      text(1, service),
      (error, reply) => resolve(error?.code ?? (reply as Buffer)),
    );
  });
}

tools('tell the health of the server and of each of its services, and that it drains', async () => {
  await using rig = await startRig();
  using peer = new StockPeer(rig.authority);
  const serving = Buffer.from([8, 1]);
  for (const service of ['', 'istio.mixer.v1.Mixer', 'krater.mixer.v1.Watch'])
    assert.equal(await health(peer, service), serving, service);
  assert.is(await health(peer, 'nothing.v1.Nothing'), 5, 'NOT_FOUND');
  const watched: Buffer[] = [];
  const watch = (service: string) => {
    const path = '/grpc.health.v1.Health/Watch';
    const stream = peer.client.makeServerStreamRequest(path, asItIs, asItIs, text(1, service));
    stream.on('data', message => watched.push(message)).on('error', () => {});
    return stream;
  };
  watch('');
  await eventually(() => watched.length === 1);
  const unknown = watch('nothing.v1.Nothing');
  await eventually(() => watched.length === 2);
  assert.equal(watched, [serving, Buffer.from([8, 3])], 'SERVING, SERVICE_UNKNOWN');
  unknown.cancel();
  const drained = rig.server.drain(400);
  await eventually(() => watched.length === 3);
  assert.equal(watched[2], Buffer.from([8, 2]), 'NOT_SERVING');
  await drained;
});

for (const version of ['v1', 'v1alpha']) {
  tools(`list services and describe their messages, ${version}`, async () => {
    await using rig = await startRig();
    using peer = new StockPeer(rig.authority);
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const stream = peer.client.makeBidiStreamRequest(path, asItIs, asItIs);
    stream.on('error', () => {});
    const ask = async (request: Buffer) => {
      stream.write(request);
      const [answer] = (await once(stream, 'data')) as [Buffer];
      return answer.toString('latin1');
    };
    const services = await ask(text(7, '*'));
    for (const service of ['istio.mixer.v1.Mixer', 'krater.mixer.v1.Watch', 'grpc.health.v1.Health'])
      assert.match(services, service);
    const file = await ask(text(4, 'istio.mixer.v1.Mixer'));
    for (const name of ['CheckRequest', 'ReportRequest', 'deduplication_id']) assert.match(file, name);
    assert.match(await ask(text(4, 'krater.mixer.v1.Watch')), 'WatchUpdate');
    stream.end();
    await once(stream, 'end');
  });
}

tools.run();
