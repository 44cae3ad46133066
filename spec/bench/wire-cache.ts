import { setImmediate as nextTurn } from 'node:timers/promises';
import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { type Bag, createMixer, type MaybePromise, type Outcome, silentLog } from '@krater/mixer';
import { createMixerClient, createMixerServer, type MixerClient } from '@krater/wire';
import { Future } from '../../core/wire/test/client/rig.ts';
import { inWords, summarize } from './measure.ts';
import { absolute, type Row } from './row.ts';

/** Rules that read what TARGETS.md says: the `user` header, `source.labels["app"]` and `source.ip`. */
const policy = `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: blocked-users }
spec:
  match: destination.service.name == "reviews"
  actions:
  - handler: { adapter: denylist, params: { entries: [mallory] } }
    instances: [{ name: user, template: listentry, params: { value: 'request.headers["user"] | "anonymous"' } }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: blocked-callers }
spec:
  match: source.labels["app"] == "productpage" && !inRange(source.ip, "192.0.2.0/24")
  onMissing: apply
  actions:
  - handler: { adapter: denylist, params: { entries: [retired] } }
    instances: [{ name: app, template: listentry, params: { value: 'source.labels["app"] | "none"' } }]
`;
const limits = `
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: limits }
spec:
  match: true
  actions:
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 100000000, window: 60s }] } }
    instances: [{ name: requests, template: quota }]
`;

const users = 50;
const paths = 20;
const sources = 3;
const rate = 2_000;
const seconds = 30;

export async function run(): Promise<Row[]> {
  return [
    await cachedCheck('cached check, five references', policy),
    await cachedCheck('cached check that charges a lease', policy + limits),
    await hitRate(),
    await memory(),
  ];
}

async function served<T>(
  config: string,
  use: (client: MixerClient, ambient: Future) => Promise<T>,
  entries = 10_000,
): Promise<T> {
  const mixer = await createMixer({ config, adapters: [denylist, memquota], log: silentLog });
  const server = await createMixerServer({ mixer, listen: { host: '127.0.0.1', port: 0 } });
  const { port } = server.address as { port: number };
  const ambient = new Future();
  const client = createMixerClient({
    addresses: [`127.0.0.1:${port}`],
    ambient,
    timeout: 5_000,
    cache: { entries },
  });
  try {
    await client.ready(5_000);
    return await use(client, ambient);
  } finally {
    await client.close(0);
    await server.drain(0);
    await mixer.close();
  }
}

/** Requests of Bookinfo: everything that differs from one to the next does. */
function request(client: MixerClient, index: number, user = `user-${index % users}`): Bag {
  const unique = (index * 2_654_435_761) % 2 ** 32;
  return client
    .bag()
    .put('destination.service.name', 'reviews')
    .put('request.method', 'GET')
    .put('request.path', `/reviews/${zipf(unique / 2 ** 32)}`)
    .put('request.id', `5f2b7c1e-${unique.toString(16)}`)
    .put('trace.id', unique.toString(16).padStart(32, '0'))
    .put('source.port', 32_768 + (unique % 28_000))
    .put('source.ip', `10.0.0.${1 + ((unique >>> 8) % sources)}`)
    .put('source.labels', { app: 'productpage', version: 'v1' })
    .put('request.headers', {
      host: 'reviews:9080',
      user,
      'user-agent': `Mozilla/5.0 ${unique.toString(36)}`,
      'x-request-id': `5f2b7c1e-${unique.toString(16)}`,
      accept: '*/*',
    });
}

const weights = Array.from({ length: paths }, (_, rank) => 1 / (rank + 1));
const total = weights.reduce((sum, weight) => sum + weight, 0);

/** A path's number, of Zipf's distribution with the exponent 1, for a share from 0 to 1. */
function zipf(share: number): number {
  let sum = 0;
  return weights.findIndex(weight => {
    sum += weight;
    return sum >= share * total;
  });
}

/**
 * Absolute: there is nobody to compare it with. Rounds are short and let go of the event loop between them, so that
 * leases are topped up as they would be; a round in which a request had to wait counts for nothing.
 */
async function cachedCheck(what: string, config: string): Promise<Row> {
  return await served(config, async client => {
    const options = { namespace: 'default' };
    const bags = Array.from({ length: 200 }, (_, index) => request(client, index));
    const outcomes: MaybePromise<Outcome>[] = [];
    const figures: number[] = [];
    for (let round = 0; figures.length < 3_000 && round < 30_000; round++) {
      const began = performance.now();
      for (const [index, bag] of bags.entries()) outcomes[index] = client.check(bag, options);
      const took = performance.now() - began;
      const waiting = outcomes.filter(outcome => outcome instanceof Promise);
      await (waiting.length > 0 ? Promise.all(waiting) : nextTurn());
      if (waiting.length === 0 && round > 1_000) figures.push((took * 1_000) / bags.length);
    }
    const timing = summarize(figures);
    return absolute(what, inWords(timing), '≤ 1 µs', timing.median <= 1);
  });
}

/** In simulated time, so that expiry counts as it would; cold misses count too. */
async function hitRate(): Promise<Row> {
  return await served(policy, async (client, ambient) => {
    const requests = rate * seconds;
    for (let index = 0; index < requests; index++) {
      ambient.skip(1_000 / rate);
      await client.check(request(client, index), { namespace: 'default' });
    }
    const { hits, misses } = client.metrics().cache;
    const share = hits / (hits + misses);
    return absolute(
      `hit rate, ${users} users, ${sources} sources, ${rate} requests/s for ${seconds} s`,
      `${(share * 100).toFixed(1)} %`,
      '≥ 95 %',
      share >= 0.95,
    );
  });
}

async function memory(): Promise<Row> {
  const entries = 10_000;
  return await served(
    policy,
    async client => {
      for (let index = 0; index < 100; index++) await client.check(request(client, index, `warm-${index}`));
      const before = heapUsed();
      for (let index = 0; index < entries; index++)
        await client.check(request(client, index, `person-${index}`));
      const bytes = (heapUsed() - before) / (client.metrics().cache.entries - 100);
      return absolute('memory of 1,000 cached decisions', `${Math.round((bytes * 1_000) / 1_024)} KiB`);
    },
    2 * entries,
  );
}

function heapUsed(): number {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
