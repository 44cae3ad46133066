import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { type Bag, createMixer, defineAdapter, type Mixer, z } from '@krater/mixer';
import { metric } from '@krater/templates';
import { encodeCheckRequest, ReportBatch, type TransportKind } from '@krater/wire';
import { handler, rule } from './policy.ts';

/** The Mixer that the wire is measured with, and the messages that it is asked. */
export function mixerOf(): Promise<Mixer> {
  return createMixer({ config: policy(), adapters: [denylist, memquota, silent] });
}

const silent = defineAdapter({
  name: 'silent',
  summary: 'takes metrics and forgets them',
  templates: [metric],
  config: z.strictObject({}),
  create: () => ({ metric() {} }),
});

/** A request as a sidecar tells it. */
export function bagOf(mixer: Mixer, index = 0): Bag {
  return mixer
    .bag()
    .put('context.protocol', 'http')
    .put('context.reporter.kind', 'inbound')
    .put('destination.namespace', 'default')
    .put('destination.service.host', 'ratings.default.svc.cluster.local')
    .put('destination.service.name', 'ratings')
    .put('destination.service.namespace', 'default')
    .put('destination.workload.name', 'ratings-v1')
    .put('request.headers', {
      accept: 'application/json',
      'user-agent': 'node',
      user: `user-${index % 50}`,
      'x-request-id': `7f1c0f0e-${index}`,
    })
    .put('request.host', 'ratings:9080')
    .put('request.id', `7f1c0f0e-${index}`)
    .put('request.method', 'GET')
    .put('request.path', `/ratings/${index % 20}`)
    .put('request.scheme', 'http')
    .put('source.labels', { app: 'reviews', version: 'v3' })
    .put('source.namespace', 'default')
    .put('source.user', 'zoe')
    .put('source.workload.name', 'reviews-v3');
}

export async function checkOf(kind: TransportKind): Promise<string> {
  const mixer = await mixerOf();
  const client = kind === 'http2' ? { id: 'load' } : undefined;
  const bag = bagOf(mixer);
  const rest = { quotas: {}, dedupId: '', globalWords: 222, client, leases: [], refill: false };
  await mixer.close();
  return encodeCheckRequest({ bag, ...rest }).toString('base64');
}

export async function batchOf(records: number): Promise<string> {
  const mixer = await mixerOf();
  const batch = new ReportBatch();
  for (let index = 0; index < records; index += 1) {
    const bag = bagOf(mixer, index).put('response.code', 200).put('response.size', 1024);
    batch.add(bag.put('response.duration', 1_500 + index).put('request.time', 1_900_000_000_000_000 + index));
  }
  await mixer.close();
  return batch.finish({ client: { id: 'load' }, batchId: '', losses: { records: 0 } }).toString('base64');
}

/** Ten rules, of which two match a check: one asks a list, one a quota; and an eleventh that takes reports. */
function policy(): string {
  const others = Array.from({ length: 8 }, (_, index) =>
    rule(`other-${index}`, `destination.service.name == "other-${index}"`, listAction),
  );
  return [
    handler('list', 'denylist', '{ entries: [mallory, eve] }'),
    handler('limit', 'memquota', '{ quotas: [{ name: requests, limit: 1000000000, window: 1s }] }'),
    handler('metrics', 'silent', '{}'),
    rule('listed', 'destination.service.name == "ratings"', listAction),
    rule('limited', 'destination.service.name == "ratings" && request.method == "GET"', quotaAction),
    ...others,
    rule('told', 'true', metricAction),
  ].join('---\n');
}

const listAction =
  'handler: list, instances: [{ name: user, template: listentry, params: { value: source.user | "" } }]';
const quotaAction =
  'handler: limit, instances: [{ name: requests, template: quota, params: { dimensions: { user: source.user | "" } } }]';
const metricAction =
  'handler: metrics, instances: [{ name: requests, template: metric, params: { value: "1", dimensions: { source: source.workload.name | "", code: response.code | 0 } } }]';
