import http from 'node:http';
import logging from '@krater/adapter-logging';
import memquota from '@krater/adapter-memquota';
import prometheus from '@krater/adapter-prometheus';
import { createServiceRegistry, serviceKind } from '@krater/config';
import { createMixer, type Log, type Mixer, systemAmbient, systemClock } from '@krater/mixer';
import { createSidecar, inboundListener, outboundListener } from '@krater/proxy';
import { createMixerClient, createMixerServer } from '@krater/wire';

// One proxy, or the Mixer that one asks, in a process of its own: proxy-contender.ts WHAT UPSTREAM-PORT FOLDER MIXER-PORT;
// says its port to its parent.
const [what = '', upstream = '', folder = '', mixerPort = ''] = process.argv.slice(2);

async function startHttpProxy(): Promise<number> {
  const { default: httpProxy } = await import('http-proxy');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${upstream}`, agent });
  const server = http
    .createServer((request, response) => proxy.web(request, response))
    .listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  return (server.address() as { port: number }).port;
}

const log: Log = { debug() {}, info() {}, warn: console.error, error: console.error };
const ambient = { ...systemAmbient, log };

function startEngine(config: string, registry = createServiceRegistry()): Promise<Mixer> {
  return createMixer({
    config,
    adapters: [memquota, prometheus, logging],
    kinds: [serviceKind(registry)],
    listeners: [inboundListener, outboundListener],
    log,
  });
}

async function startMixer(): Promise<number> {
  const mixer = await startEngine(service + policy);
  const { address } = await createMixerServer({ mixer, listen: { host: '127.0.0.1', port: 0 }, ambient });
  return 'port' in address ? address.port : 0;
}

async function startSidecar(): Promise<number> {
  const registry = createServiceRegistry();
  // Whoever decides, the services come from here.
  const embedded = await startEngine(what === 'policy' ? service + policy : service, registry);
  const mixer =
    what === 'cached' ? createMixerClient({ addresses: [`127.0.0.1:${mixerPort}`], ambient }) : embedded;
  const peerKey = 'only for this benchmark';
  const sidecar = await createSidecar({
    workload: 'ratings-v1',
    registry,
    mixer,
    peerKey,
    log,
    clock: systemClock,
  });
  return sidecar.addresses.inbound.port;
}

const service = `
apiVersion: krater.dev/v1
kind: Service
metadata: { name: ratings }
spec: { workloads: [{ name: ratings-v1, labels: { app: ratings, version: v1 }, address: "127.0.0.1:${upstream}" }] }
`;

const metricNames = ['requests', 'duration', 'request-size', 'response-size'];
const metricValues = ['1', 'response.duration', 'request.size', 'response.size'];

const policy = `
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: limit }
spec:
  match: destination.service.name == "ratings"
  actions:
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 1000000000, window: 1s }] } }
    instances:
    - { name: requests, template: quota, params: { dimensions: { user: 'request.headers["user"] | "anonymous"' } } }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: telemetry }
spec:
  match: context.reporter.kind == "inbound"
  actions:
  - handler:
      adapter: prometheus
      params:
        endpoint: { port: 0 }
        metrics:
${metricNames.map((name, index) => `        - { kind: ${index === 0 ? 'counter' : 'histogram'}, instance: ${name}, name: ${name.replace('-', '_')}, labels: [source, destination, code] }`).join('\n')}
    instances:
${metricNames
  .map(
    (name, index) => `
    - name: ${name}
      template: metric
      params:
        value: ${JSON.stringify(metricValues[index])}
        dimensions:
          source: source.workload.name | "outside"
          destination: destination.workload.name | "unknown"
          code: response.code | 0`,
  )
  .join('')}
  - handler: { adapter: logging, params: { sink: { kind: file, path: ${JSON.stringify(`${folder}/access.log`)} } } }
    instances:
    - name: access
      template: logentry
      params:
        timestamp: request.time
        variables: { method: request.method, path: request.path, code: response.code, duration: response.duration }
`;

process.on('disconnect', () => process.exit());
const starts: { readonly [what: string]: () => Promise<number> } = {
  'http-proxy': startHttpProxy,
  mixer: startMixer,
};
process.send?.(await (starts[what] ?? startSidecar)());
