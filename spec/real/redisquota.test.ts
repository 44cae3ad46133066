// needs: redis-server, redis-cli, openssl
// limit: 240 s
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import redisquota from '@krater/adapter-redisquota';
import { createMixer, type Mixer, silentLog, systemClock } from '@krater/mixer';
import { freePort } from '@krater/mixer/testing';
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RedisServer } from '../../adapters/redisquota/test/redis-server.ts';
import { sharedQuota } from '../../adapters/redisquota/test/shared-quota.ts';
import { eventually, startProgram } from './program.ts';

const run = promisify(execFile);
const real = suite('a real Redis');

const limit = 60;
const window = 1_000;
/** Of each process, rounded up. */
const insured = 6;

const policy = (address: string) => `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: limits }
spec:
  match: "true"
  onError: deny
  actions:
  - handler:
      adapter: redisquota
      params:
        address: ${address}
        quotas: [{ name: requests, limit: ${limit}, window: ${window}ms }]
        insurance: { share: 0.1 }
    instances:
    - { name: requests, template: quota, params: { dimensions: { user: '"zoe"' } } }
`;

/** A grant was decided at some time between these. */
interface Granted {
  readonly asked: number;
  readonly answered: number;
}

/** Asks as several callers do, far more often than is granted, until it is told to stop. */
function load(mixer: Mixer, granted: Granted[], codes: Set<string>): () => Promise<void> {
  let isOver = false;
  const caller = async () => {
    while (!isOver) {
      const asked = systemClock.now();
      const { status } = await mixer.check(mixer.bag());
      codes.add(status.code);
      if (status.code === 'OK') granted.push({ asked, answered: systemClock.now() });
      await delay(5);
    }
  };
  const callers = [caller(), caller(), caller(), caller()];
  return async () => {
    isOver = true;
    await Promise.all(callers);
  };
}

/** The most that was certainly granted within one window, wherever it begins. */
function mostWithinWindow(granted: readonly Granted[]): number {
  const counts = granted.map(
    ({ asked }) => granted.filter(one => one.asked >= asked && one.answered < asked + window).length,
  );
  return Math.max(0, ...counts);
}

async function metric(mixer: Mixer, name: string): Promise<number> {
  const line = (await mixer.metrics()).split('\n').find(line => line.startsWith(`krater_adapter_${name}`));
  return Number(line?.split(' ').at(-1));
}

const isUp = (mixer: Mixer, value: number) => async () =>
  (await metric(mixer, 'redis_decides')) === value ? true : undefined;

real(
  'killed and restarted under load, is stood in for, and the declared bound holds throughout',
  async () => {
    await using server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
    const config = policy(server.address);
    const mixers = await Promise.all(
      [0, 1].map(() => createMixer({ config, adapters: [redisquota], log: silentLog })),
    );
    const granted: Granted[] = [];
    const codes = new Set<string>();
    const stops = mixers.map(mixer => load(mixer, granted, codes));
    try {
      for (let round = 0; round < 2; round++) {
        const [first, second] = mixers as [Mixer, Mixer];
        for (const mixer of mixers) await eventually(isUp(mixer, 1), 'Redis to decide');
        await delay(1.5 * window);
        assert.ok(mostWithinWindow(granted) > 2 * insured, 'Redis grants more than both insurances');
        await server.kill();
        for (const mixer of mixers) await eventually(isUp(mixer, 0), 'the insurance to decide');
        const before = granted.length;
        await delay(2.5 * window);
        assert.ok(granted.length > before, 'the insurance grants something');
        assert.ok((await metric(first, 'insured_decisions')) > 0);
        assert.ok((await metric(second, 'insured_decisions')) > 0);
        await server.start();
      }
      for (const mixer of mixers) await eventually(isUp(mixer, 1), 'Redis to decide again');
      await delay(1.5 * window);
    } finally {
      await Promise.all(stops.map(stop => stop()));
      await Promise.all(mixers.map(mixer => mixer.close()));
    }
    assert.equal([...codes].sort(), ['OK', 'RESOURCE_EXHAUSTED']);
    const most = mostWithinWindow(granted);
    assert.ok(most <= limit + 2 * insured, `${most} granted within a window`);
  },
);

real('fails over to a replica by its sentinels, and what was counted counts on', async () => {
  await using master = await RedisServer.start();
  await using _replica = await RedisServer.start('--replicaof', '127.0.0.1', `${master.port}`);
  const folder = mkdtempSync(join(tmpdir(), 'krater-sentinel-'));
  const port = await freePort();
  writeFileSync(
    join(folder, 'sentinel.conf'),
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor quotas 127.0.0.1 ${master.port} 1\n` +
      'sentinel down-after-milliseconds quotas 500\nsentinel failover-timeout quotas 3000\n',
  );
  try {
    await using _sentinel = startProgram('redis-server', [join(folder, 'sentinel.conf'), '--sentinel']);
    const client = new Redis({ port: master.port });
    await eventually(
      async () => (/slave0:.*state=online/.test(await client.info('replication')) ? true : undefined),
      'the replica to follow',
    );
    await eventually(
      async () => (await replicasKnown(port)) || undefined,
      'the sentinel to know of the replica',
    );
    await using quota = await sharedQuota(
      { limit: 20, window: '1h' },
      { sentinel: { master: 'quotas', addresses: [`127.0.0.1:${port}`] }, timeout: '100ms' },
    );
    await eventually(async () => quota.metric('redis_decides') || undefined, 'the master to be found');
    assert.is(await quota.take(15), 15);
    assert.is(await client.wait(1, 10_000), 1);
    client.disconnect();
    await master.kill();
    await eventually(async () => (quota.metric('redis_decides') === 0 ? true : undefined), 'the loss');
    assert.is(await quota.take(3), 0);
    assert.is(await quota.take(2), 2, 'a tenth of the limit by the insurance');
    const { standing } = await eventually(async () => {
      const answer = await quota.ask({ amount: 0 });
      return answer.standing?.limit === 20 ? answer : undefined;
    }, 'the replica to decide');
    assert.is(standing?.remaining, 5);
    assert.is(await quota.take(6), 0);
    assert.is(await quota.take(5), 5);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function replicasKnown(port: number): Promise<boolean> {
  const client = new Redis({ port });
  try {
    return /slaves=1/.test(await client.info('sentinel'));
  } finally {
    client.disconnect();
  }
}

real(
  'counts in a cluster of three nodes, and a node that is gone takes only its own keys along',
  async () => {
    await using first = await clusterNode();
    await using second = await clusterNode();
    await using third = await clusterNode();
    const nodes = [first, second, third];
    const addresses = nodes.map(({ address }) => address);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
    const clients = nodes.map(({ port }) => new Redis({ port }));
    for (const client of clients) {
      await eventually(
        async () => (/cluster_state:ok/.test(await client.cluster('INFO')) ? true : undefined),
        'the cluster',
      );
    }
    const params = { cluster: addresses, timeout: '500ms' };
    await using one = await sharedQuota({ limit: 3, window: '1h' }, params);
    await using other = await sharedQuota({ limit: 3, window: '1h' }, params);
    for (let user = 0; user < 30; user++) {
      const amounts = [];
      for (const process of [one, other, one, other, one]) {
        const { granted } = await process.ask({ dedupId: `${amounts.length}` }, {}, { user: `${user}` });
        amounts.push(granted);
      }
      assert.equal(amounts, [1, 1, 1, 0, 0]);
      assert.is(
        (await other.ask({ amount: -1, dedupId: '0' }, {}, { user: `${user}` })).granted,
        -1,
        'by another process than the one that took it',
      );
    }
    assert.is(one.metric('insured_decisions'), 0);
    for (const client of clients) assert.ok((await client.dbsize()) > 0, 'every node has keys');

    for (const client of clients) client.disconnect();
    await third.kill();
    const limits = new Set<number | undefined>();
    for (let user = 0; user < 30; user++)
      limits.add((await one.ask({ amount: 0 }, {}, { user: `${user}` })).standing?.limit);
    assert.equal([...limits].sort(), [1, 3], 'some by the insurance, others by the nodes that are left');

    await Promise.all([first.kill(), second.kill()]);
    await eventually(async () => (one.metric('redis_decides') === 0 ? true : undefined), 'the loss of all');
    await Promise.all(nodes.map(node => node.start()));
    await eventually(async () => {
      const answers = await Promise.all(
        [0, 1, 2, 3, 4, 5].map(user => one.ask({}, {}, { user: `new ${user}` })),
      );
      return answers.every(({ standing }) => standing?.limit === 3) ? true : undefined;
    }, 'the cluster to decide again');
  },
);

/** Its bus has a port of its own: ten thousand above the other there may be none. */
async function clusterNode(): Promise<RedisServer> {
  const bus = ['--cluster-port', `${await freePort()}`];
  const patience = ['--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no'];
  return RedisServer.start('--cluster-enabled', 'yes', ...bus, ...patience);
}

real('speaks TLS with certificates of both sides, as a user with a password', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'krater-tls-'));
  try {
    const { ca, cert, key } = await certificates(folder);
    const port = await freePort();
    const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca];
    await using server = new RedisServer(port, [
      ...['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'yes', ...tls],
      ...['--user', 'krater', 'on', '>secret', '~limits:*', '+@all', '-@admin'],
    ]);
    await server.start();
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'secret\n');
    const files = { ca: { file: ca }, cert: { file: cert }, key: { file: key } };
    const params = {
      address: `localhost:${port}`,
      username: 'krater',
      password: { file: passwordFile },
      prefix: 'limits:',
      timeout: '10s',
      insurance: 'deny',
    };
    const quota = { limit: 2, window: '1h' };
    const takes = async (more: object) => {
      await using asked = await sharedQuota(quota, { ...params, ...more });
      return [await asked.take(), JSON.stringify(asked.env.logged)] as const;
    };
    assert.equal(await takes({ tls: files }), [1, JSON.stringify([told('info', 'Redis decides')])]);
    const [, untrusted] = await takes({ tls: { cert: files.cert, key: files.key } });
    assert.match(untrusted, /certificate/);
    const [, anonymous] = await takes({ tls: { ca: files.ca } });
    assert.match(anonymous, /the insurance decides/);
    const [, misnamed] = await takes({ tls: { ...files, serverName: 'elsewhere' } });
    assert.match(misnamed, /elsewhere/);
    writeFileSync(passwordFile, 'wrong');
    const [, refused] = await takes({ tls: files });
    assert.match(refused, /WRONGPASS/);
    assert.not.match(refused, /"wrong"/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const told = (level: string, message: string) => ({ level, message, fields: {} });

/** An authority and one certificate of it, for localhost. */
async function certificates(folder: string) {
  const at = (name: string) => join(folder, name);
  const [ca, caKey, cert, key, request, names] = [
    'ca.pem',
    'ca.key',
    'cert.pem',
    'cert.key',
    'csr',
    'names',
  ].map(at) as [string, string, string, string, string, string];
  const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', [
    ...['req', '-x509', ...elliptic, '-keyout', caKey, '-out', ca],
    ...['-days', '2', '-subj', '/CN=authority'],
  ]);
  await run('openssl', ['req', ...elliptic, '-keyout', key, '-out', request, '-subj', '/CN=localhost']);
  writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await run('openssl', [
    ...['x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial'],
    ...['-out', cert, '-days', '2', '-extfile', names],
  ]);
  assert.ok(readFileSync(cert, 'utf8').includes('BEGIN CERTIFICATE'));
  return { ca, cert, key };
}

real.run();
