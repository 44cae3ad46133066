// limit: 120 s
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import logging from '@krater/adapter-logging';
import tracing from '@krater/adapter-tracing';
import { createServiceRegistry, serviceKind } from '@krater/config';
import { createMixer, type Log, type Mixer, systemClock } from '@krater/mixer';
import { createSidecar, type Sidecar } from '@krater/proxy';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** Requests through a sidecar whose telemetry goes nowhere: to a full device, a full disk, and a collector that dies. */
const loss = suite<{
  folder: string;
  disk: string;
  application: Server;
  collector: Server;
  mixer: Mixer;
  sidecar: Sidecar;
}>('telemetry that cannot be delivered');

const requests = 3_000;
const isRoot = process.getuid?.() === 0;
/** What the collector took before it died. */
let spans = 0;
const warnings: { handler: string; produced: number; acknowledged: number; lost: number }[] = [];
const log: Log = {
  debug() {},
  info() {},
  warn: (_, fields) => void warnings.push(fields as never),
  error() {},
};

const configuration = (application: number, collector: number, disk: string) => `
apiVersion: krater.dev/v1
kind: Service
metadata: { name: ratings }
spec: { sampling: 1, workloads: [{ name: ratings-v1, address: '127.0.0.1:${application}' }] }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: telemetry }
spec:
  match: context.reporter.kind == "inbound"
  actions:
  - handler: full-device
    instances: [line]
  - handler: full-disk
    instances: [line]
  - handler: collector
    instances: [span]
---
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: full-device }
spec: { adapter: logging, params: { sink: { kind: file, path: /dev/full }, queue: { size: 64KiB } } }
---
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: full-disk }
spec: { adapter: logging, params: { sink: { kind: file, path: '${disk}/access.log' }, queue: { size: 64KiB } } }
---
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: collector }
spec:
  adapter: tracing
  params: { endpoint: 'http://127.0.0.1:${collector}/v1/traces', timeout: 1s, batch: { size: 100, delay: 50ms, queue: 1000 } }
---
apiVersion: krater.dev/v1
kind: Instance
metadata: { name: line }
spec:
  template: logentry
  params:
    variables:
      path: request.path | ""
      code: response.code | 0
      padding: request.headers["padding"] | ""
---
apiVersion: krater.dev/v1
kind: Instance
metadata: { name: span }
spec:
  template: tracespan
  params:
    trace_id: trace.id | ""
    span_id: trace.span_id | ""
    span_name: '"call"'
    start_time: request.time
    end_time: response.time
`;

loss.before(async context => {
  context.folder = mkdtempSync(join(tmpdir(), 'krater-loss-'));
  context.disk = join(context.folder, 'disk');
  execFileSync('mkdir', [context.disk]);
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', context.disk]);
  else console.log('skipped the full disk: mounting a small one needs root');
  context.application = await listening(createServer((_, response) => response.end('fine')));
  context.collector = await listening(
    createServer(async (request, response) => {
      const body = (await Array.fromAsync(request, chunk => String(chunk))).join('');
      for (const { scopeSpans } of JSON.parse(body).resourceSpans)
        for (const scope of scopeSpans) spans += scope.spans.length;
      response.end('{}');
    }),
  );
  const registry = createServiceRegistry();
  context.mixer = await createMixer({
    config: configuration(portOf(context.application), portOf(context.collector), context.disk),
    adapters: [logging, tracing],
    kinds: [serviceKind(registry)],
    log,
  });
  const peerKey = 'a key for this test';
  context.sidecar = await createSidecar({
    workload: 'ratings-v1',
    registry,
    mixer: context.mixer,
    peerKey,
    log,
    clock: systemClock,
  });
});

loss.after(({ folder, disk, application }) => {
  application.close();
  application.closeAllConnections();
  if (isRoot) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true });
});

async function listening(server: Server): Promise<Server> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

loss('changes no response, and every record is acknowledged or counted as lost', async context => {
  const { host, port } = context.sidecar.addresses.inbound;
  const padding = 'x'.repeat(300);
  const statuses = new Map<number, number>();
  for (let sent = 0; sent < requests; sent += 50) {
    if (sent === 1_500) {
      context.collector.close();
      context.collector.closeAllConnections();
    }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        fetch(`http://${host}:${port}/ratings`, { headers: { host: 'ratings', padding } }),
      ),
    );
    for (const answer of answers) {
      assert.is(await answer.text(), 'fine');
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  }
  assert.equal([...statuses], [[200, requests]]);

  await context.sidecar.drain();
  await context.mixer.close();
  const totals = (handler: string) =>
    warnings.findLast(warning => warning.handler === `istio-system/${handler}` && 'lost' in warning);
  for (const handler of ['full-device', ...(isRoot ? ['full-disk'] : []), 'collector']) {
    const { produced = 0, acknowledged = 0, lost = 0 } = totals(handler) ?? {};
    assert.is(produced, requests, handler);
    assert.is(acknowledged + lost, produced, handler);
  }
  assert.is(totals('full-device')?.acknowledged, 0);
  const lines = readFileSync(join(context.disk, 'access.log'), 'utf8')
    .split('\n')
    .filter(line => line !== '');
  for (const line of lines) JSON.parse(line);
  assert.is(totals('full-disk')?.acknowledged ?? requests, lines.length);
  // What it took and could not answer any more is counted as lost.
  const { acknowledged = 0 } = totals('collector') ?? {};
  assert.ok(acknowledged > 0 && acknowledged <= spans);
});

loss.run();
