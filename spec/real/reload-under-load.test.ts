// needs: wrk
// limit: 180 s
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { createServiceRegistry, serviceKind } from '@krater/config';
import { createMixer, defineAdapter, silentLog, z } from '@krater/mixer';
import { createSidecar, inboundListener, outboundListener } from '@krater/proxy';
import { logentry } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startProgram } from './program.ts';

const reload = suite('reload under load');

const rounds = 20;
const seconds = 20;
const failingRound = 10;

/** Takes records, and cannot be created when told so: the third handler of the failing configuration. */
const fragile = defineAdapter({
  name: 'fragile',
  summary: 'fails to be created when told so',
  templates: [logentry],
  config: z.strictObject({ broken: z.boolean().default(false), round: z.int() }),
  create({ broken }) {
    if (broken) throw new Error('the backend refuses');
    return { logentry() {} };
  },
});

const configuration = (round: number, port: number) => `
apiVersion: krater.dev/v1
kind: Service
metadata: { name: application }
spec: { workloads: [{ name: application-v1, address: '127.0.0.1:${port}' }] }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: everything }
spec:
  match: destination.service.name == "application"
  actions:
  - handler: { adapter: denylist, params: { entries: [mallory, round-${round}] } }
    instances: [{ name: user, template: listentry, params: { value: 'request.headers["user"] | "nobody"' } }]
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 1000000000, window: 1s }] } }
    instances: [{ name: requests, template: quota }]
  - handler: { adapter: fragile, params: { round: ${round}, broken: ${round === failingRound} } }
    instances: [{ name: told, template: logentry, params: { severity: '"info"' } }]
`;

/** What keeps a process alive, counted by kind; pipes of the test's own output and ended programs come and go. */
function openHandles(): Record<string, number> {
  const names = process.getActiveResourcesInfo().filter(name => /TCP|Timeout|FSEvent|FSReq/.test(name));
  return Object.fromEntries(
    [...new Set(names)].sort().map(name => [name, names.filter(one => one === name).length]),
  );
}

/** Waits, with much slack, until idle connections have been closed. */
async function handlesAgainAs(expected: Record<string, number> | undefined): Promise<Record<string, number>> {
  for (let turn = 0; turn < 100; turn += 1) {
    await delay(200);
    const found = openHandles();
    if (
      expected === undefined
        ? found['TCPSocketWrap'] === undefined
        : JSON.stringify(found) === JSON.stringify(expected)
    )
      break;
  }
  return openHandles();
}

reload('changes the policy twenty times without one wrong answer, one failed creation included', async () => {
  await using opened = new AsyncDisposableStack();
  const application = createServer((_, response) => response.end('served')).listen(0, '127.0.0.1');
  opened.defer(() => {
    application.closeAllConnections();
    application.close();
  });
  await once(application, 'listening');
  const { port } = application.address() as AddressInfo;
  const registry = createServiceRegistry();
  const mixer = await createMixer({
    config: configuration(0, port),
    adapters: [denylist, memquota, fragile],
    kinds: [serviceKind(registry)],
    listeners: [inboundListener, outboundListener],
    log: silentLog,
  });
  opened.defer(() => mixer.close());
  const sidecar = await createSidecar({
    workload: 'application-v1',
    registry,
    mixer,
    peerKey: 'a key of more than sixteen bytes',
    log: silentLog,
    clock: { now: Date.now },
    limits: { upstreamIdleTimeout: 500 },
  });
  opened.defer(() => sidecar.close());
  const url = `http://127.0.0.1:${sidecar.addresses.inbound.port}/`;
  assert.is(await (await fetch(url, { headers: { connection: 'close' } })).text(), 'served');
  const before = await handlesAgainAs(undefined);

  await using load = startProgram('wrk', [
    '-t',
    '1',
    '-c',
    '32',
    '-d',
    `${seconds}s`,
    '-H',
    'user: zoe',
    url,
  ]);
  const ended = once(load.process, 'close');
  const refused: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await delay((seconds * 900) / rounds);
    const { accepted } = await mixer.reload(configuration(round, port));
    if (!accepted) refused.push(round);
  }
  await ended;

  const served = Number(/(\d+) requests in/.exec(load.output())?.[1]);
  assert.ok(served > 1_000, load.output());
  assert.not.match(load.output(), 'Socket errors');
  assert.not.match(load.output(), 'Non-2xx');
  assert.equal(refused, [failingRound]);
  assert.is(mixer.status().generation, rounds);
  assert.equal(await handlesAgainAs(before), before);
});

reload.run();
