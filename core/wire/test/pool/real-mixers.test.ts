import { createMixer, type Mixer } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeCheckRequest } from '../../src/codec/check-request.ts';
import type { WatchUpdate } from '../../src/messages.ts';
import { createMixerPool } from '../../src/pool/mixer-pool.ts';
import { createMixerServer, type MixerServer } from '../../src/server/mixer-server.ts';
import { transports } from '../../src/transport.ts';
import { globalWords } from '../../src/words/global-words.ts';
import { ambient, pause, until } from '../transport/servers.ts';

const test = suite('a pool of real Mixers');

const host = '127.0.0.1';

async function serve(
  port = 0,
): Promise<{ mixer: Mixer; server: MixerServer; address: string; port: number }> {
  const mixer = await createMixer({ config: '', adapters: [] });
  const server = await createMixerServer({ mixer, listen: { host, port }, ambient });
  if (!('port' in server.address)) throw new Error('it listens on no port');
  return { mixer, server, address: `${host}:${server.address.port}`, port: server.address.port };
}

function poolOf(addresses: readonly string[], transport: (typeof transports)[number]) {
  const updates: WatchUpdate[] = [];
  const pool = createMixerPool({
    addresses,
    transport,
    client: { id: 'test' },
    ambient,
    listener: { updated: (_address, update) => updates.push(update), lost: () => updates.splice(0) },
  });
  return { pool, updates };
}

for (const kind of transports) {
  test(`${kind}: hears their state, and is answered by the endpoint that is meant for it`, async () => {
    const one = await serve();
    const { pool, updates } = poolOf([one.address], kind);
    const result = await pool.call('check', request(one.mixer), 5_000);
    assert.ok('reply' in result);
    await until(() => updates.length > 0);
    assert.is(pool.status()[0]?.node, updates[0]?.node);
    assert.is(one.server.statistics().counts.endpoints[kind].accepted, 1);
    await pool.close(1_000);
    await one.server.drain(1_000);
    await one.mixer.close();
  });

  test(`${kind}: loses no call when one of two drains, and uses its successor`, async () => {
    const one = await serve();
    const other = await serve();
    const { pool } = poolOf([one.address, other.address], kind);
    const bytes = request(one.mixer);
    let calls = 0;
    const failures: string[] = [];
    let loading = true;
    const loads = Array.from({ length: 8 }, async () => {
      while (loading) {
        const result = await pool.call('check', bytes, 5_000);
        if ('failure' in result) failures.push(result.failure.message);
        calls++;
      }
    });
    await until(() => pool.status().every(({ state }) => state === 'open') && calls > 100);
    await one.server.drain(2_000);
    await pause(100);
    const again = await createMixerServer({ mixer: one.mixer, listen: { host, port: one.port }, ambient });
    await until(() => pool.status().every(({ state }) => state === 'open'));
    loading = false;
    await Promise.all(loads);
    assert.equal(failures, []);
    await pool.close(1_000);
    for (const server of [again, other.server]) await server.drain(1_000);
    for (const { mixer } of [one, other]) await mixer.close();
  });
}

function request(mixer: Mixer): Buffer {
  const bag = mixer.bag().put('request.path', '/');
  return encodeCheckRequest({
    bag,
    quotas: {},
    dedupId: 'd',
    globalWords: globalWords.length,
    client: { id: 'test' },
    leases: [],
    refill: false,
  });
}

test.run();
