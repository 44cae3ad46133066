import prometheus, { type ScrapeEndpoints } from '@krater/adapter-prometheus';
import { PlainMap, type Value, type ValueType } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { Counter, Registry } from 'prom-client';
import { compare, inWords } from './measure.ts';
import type { Row } from './row.ts';

const metricNames = ['requests', 'errors', 'retries', 'request_bytes', 'response_bytes'];
const labels = [
  'reporter',
  'source_workload',
  'source_version',
  'destination_workload',
  'destination_version',
  'destination_service',
  'request_protocol',
  'request_method',
  'response_code',
  'connection_security_policy',
];
const records = 200;

/** One report record to five counters of ten labels, against five `inc` of bare prom-client. */
export async function run(): Promise<Row[]> {
  const env = fakeEnv({ instances: metricNames.map(shapeOf) });
  const [service] = prometheus.services;
  const endpoints = (await service?.create(env)) as ScrapeEndpoints;
  const metrics = metricNames.map(name => ({ instance: name, name, kind: 'counter', labels }));
  const config = { metrics, endpoint: { port: 0 } };
  const handler = await createHandler(prometheus, config, Object.assign(env, { endpoints }));
  const context = fakeContext(env);
  const reports = Array.from({ length: records }, (_, record) =>
    metricNames.map(name => ({ name, value: 1, dimensions: dimensionsOf(record) })),
  );
  const registry = new Registry();
  const counters = metricNames.map(
    name => new Counter({ name, help: name, labelNames: labels, registers: [registry] }),
  );
  const { ours, peer } = await compare({
    ours: {
      operations: records * metricNames.length,
      run: () => {
        for (const report of reports) handler.metric(report as never, context);
      },
    },
    peer: {
      operations: records * metricNames.length,
      run: () => {
        for (const report of reports) {
          for (let metric = 0; metric < counters.length; metric += 1) {
            counters[metric]?.inc(report[metric]?.dimensions as never, 1);
          }
        }
      },
    },
  });
  await handler.close?.();
  await env.close();
  return [
    {
      what: 'one metric of ten labels, reported',
      ours: inWords(ours),
      peer: `prom-client ${inWords(peer)}`,
      ratio: peer.median / ours.median,
      target: '≤ 0.15 µs',
      met: ours.median <= 0.15,
    },
  ];
}

function shapeOf(name: string) {
  const dimensions = Object.fromEntries(
    labels.map(label => [label, label === 'response_code' ? 'INT64' : 'STRING'] as [string, ValueType]),
  );
  return { name, template: 'metric', types: { value: 'INT64' as const, dimensions } };
}

/** As the engine builds them; the texts are made anew, as they come from the wire. */
function dimensionsOf(record: number): { readonly [label: string]: Value } {
  const version = `v${1 + (record % 3)}`;
  const values = [
    'inbound',
    'productpage',
    'v1',
    'reviews',
    version,
    'reviews.default.svc.cluster.local',
    'http',
    record % 10 === 0 ? 'POST' : 'GET',
    record % 7 === 0 ? 503 : 200,
    'none',
  ];
  const dimensions: Record<string, Value> = new PlainMap();
  for (const [index, label] of labels.entries()) {
    const value = values[index] as string | number;
    dimensions[label] = typeof value === 'string' ? Buffer.from(value).toString() : value;
  }
  return dimensions;
}
