import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import denier from '@krater/adapter-denier';
import denylist from '@krater/adapter-denylist';
import fluentd from '@krater/adapter-fluentd';
import logging from '@krater/adapter-logging';
import memquota from '@krater/adapter-memquota';
import noop from '@krater/adapter-noop';
import prometheus, { type ScrapeEndpoints, scrapeEndpointsToken } from '@krater/adapter-prometheus';
import redisquota from '@krater/adapter-redisquota';
import statsd from '@krater/adapter-statsd';
import tracing from '@krater/adapter-tracing';
import { formatProblems } from '@krater/documents';
import {
  type Bag,
  checkConfig,
  createMixer,
  defineService,
  httpStatusOf,
  type Mixer,
  type Service,
  silentLog,
  stringMap,
} from '@krater/mixer';
import { FakeClock } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../workspace.ts';

const samples = suite("Istio's Mixer samples");

const adapters = [
  denier,
  denylist,
  fluentd,
  logging,
  memquota,
  noop,
  prometheus,
  redisquota,
  statsd,
  tracing,
];

const folder = join(root, 'spec/cases/istio');

for (const file of await readdir(folder)) {
  samples(`${file} loads as it is, with nothing to complain about`, async () => {
    const config = [{ path: file, text: await readFile(join(folder, file), 'utf8') }];
    const { problems } = await checkConfig({ config, adapters });
    assert.is(formatProblems(problems), '');
  });
}

async function textOf(sample: string): Promise<string> {
  return readFile(join(folder, `${sample}.yaml`), 'utf8');
}

/** Runs a sample; the prometheus adapter listens where there is room instead of on its usual port. */
async function run(
  text: string,
  use: (mixer: Mixer, clock: FakeClock, page: () => Promise<string>) => Promise<void>,
) {
  const clock = new FakeClock();
  let endpoints: ScrapeEndpoints | undefined;
  const [offered] = prometheus.services as readonly Service<ScrapeEndpoints>[];
  const anywhere = defineService(
    scrapeEndpointsToken,
    async env => {
      const real = (await offered?.create(env)) as ScrapeEndpoints;
      endpoints = { ...real, lease: address => real.lease({ ...address, port: 0 }) };
      return endpoints;
    },
    ({ close }) => close(),
  );
  const mixer = await createMixer({ config: text, adapters, services: [anywhere], clock, log: silentLog });
  const page = async () => {
    const address = endpoints?.addresses()[0]?.address ?? 'nothing listens';
    const response = await fetch(address, { headers: { connection: 'close' } });
    return response.text();
  };
  try {
    await use(mixer, clock, page);
  } finally {
    await mixer.close();
  }
}

type Attributes = { readonly [name: string]: Parameters<Bag['put']>[1] };

function bag(mixer: Mixer, attributes: Attributes): Bag {
  const filled = mixer.bag();
  for (const [name, value] of Object.entries(attributes)) filled.put(name, value);
  return filled;
}

async function statusOf(mixer: Mixer, attributes: Attributes): Promise<number> {
  const { status } = await mixer.check(bag(mixer, attributes));
  return httpStatusOf(status.code);
}

const to = (app: string): Attributes => ({
  'context.protocol': 'http',
  'destination.labels': stringMap({ app, version: 'v1' }),
  'destination.service.name': app,
  'destination.service.namespace': 'default',
  'destination.service.host': `${app}.default.svc.cluster.local`,
  'destination.workload.name': `${app}-v1`,
  'request.headers': stringMap({}),
});
const from = (app: string, version: string): Attributes => ({
  'source.labels': stringMap({ app, version }),
  'source.workload.name': `${app}-${version}`,
});
const asking = (headers: Record<string, string>): Attributes => ({ 'request.headers': stringMap(headers) });

/** Each in its newer form and in the one with a kind for every adapter and template. */
function both(sample: string, sentence: string, use: Parameters<typeof run>[1]): void {
  for (const name of [sample, `${sample}-crd`])
    samples(`${name}: ${sentence}`, async () => run(await textOf(name), use));
}

both('mixer-rule-deny-label', 'ratings refuse reviews v3 with 403 and the message', async mixer => {
  assert.is(await statusOf(mixer, { ...to('ratings'), ...from('reviews', 'v2') }), 200);
  assert.is(await statusOf(mixer, { ...to('details'), ...from('reviews', 'v3') }), 200);
  assert.is(await statusOf(mixer, to('ratings')), 200);
  const { status, validity } = await mixer.check(bag(mixer, { ...to('ratings'), ...from('reviews', 'v3') }));
  assert.equal(status, { code: 'PERMISSION_DENIED', message: 'Not allowed' });
  assert.is(httpStatusOf(status.code), 403);
  assert.equal(validity, { duration: 5000, uses: 1000 });
});

both('mixer-rule-deny-whitelist', 'v3 is refused, v1 and v2 pass', async mixer => {
  for (const [version, expected] of Object.entries({ v1: 200, v2: 200, v3: 403, '': 403 })) {
    assert.is(await statusOf(mixer, { ...to('ratings'), ...from('reviews', version) }), expected, version);
  }
  assert.is(await statusOf(mixer, { ...to('details'), ...from('productpage', 'v3') }), 200);
});

both('mixer-rule-productpage-ratelimit', 'the third call within 5 s is refused', async (mixer, clock) => {
  const call = (app: string, address = '198.51.100.7') =>
    statusOf(mixer, { ...to(app), ...asking({ 'x-forwarded-for': address }) });
  assert.equal(
    [await call('productpage'), await call('productpage'), await call('productpage')],
    [200, 200, 429],
  );
  assert.is(await call('productpage', '198.51.100.8'), 200, 'another caller');
  await clock.advance(5500);
  assert.is(await call('productpage'), 200, 'later');
  for (let calls = 0; calls < 20; calls++) {
    assert.is(await call('productpage', '10.28.11.20'), 200, 'the caller with a limit of its own');
    assert.is(await call('reviews'), 200, 'a service that nothing is charged for');
  }
});

samples('mixer-rule-ratings-ratelimit: reviews v3 asks ratings once in 5 s, the others go on', async () =>
  run(await textOf('mixer-rule-ratings-ratelimit'), async mixer => {
    const call = (version: string) => statusOf(mixer, { ...to('ratings'), ...from('reviews', version) });
    assert.equal([await call('v3'), await call('v3'), await call('v3')], [200, 429, 429]);
    assert.equal([await call('v2'), await call('v2'), await call('v2')], [200, 200, 200]);
  }),
);

both('mixer-rule-ratings-denial', 'a user is refused by header or cookie', async mixer => {
  const call = (headers: Record<string, string>, app = 'ratings') =>
    statusOf(mixer, { ...to(app), ...asking(headers) });
  assert.is(await call({ 'end-user': 'jason' }), 403);
  assert.is(await call({ cookie: 'lang=en; user=jason' }), 403);
  assert.is(await call({ 'end-user': 'zoe' }), 200);
  assert.is(await call({}), 200);
  assert.is(await call({ 'end-user': 'jason' }, 'reviews'), 200);
});

both('metrics', 'every request counts twice in istio_double_request_count', async (mixer, _clock, page) => {
  const served = { ...to('ratings'), ...from('reviews', 'v2') };
  await mixer.report([
    bag(mixer, { ...served, 'context.reporter.kind': 'inbound' }),
    bag(mixer, { ...served, 'context.reporter.kind': 'inbound' }),
    bag(mixer, { ...served, 'context.reporter.kind': 'outbound' }),
  ]);
  const series = (await page()).split('\n').filter(line => line.startsWith('istio_double_request_count{'));
  const labels = 'source="reviews-v2",destination="ratings-v1",message="twice the fun!"';
  assert.equal(series.toSorted(), [
    `istio_double_request_count{reporter="client",${labels}} 2`,
    `istio_double_request_count{reporter="server",${labels}} 4`,
  ]);
});

both('tcp-metrics', 'bytes to and from the database add up', async (mixer, _clock, page) => {
  const connection = (sent: number, received: number) =>
    bag(mixer, {
      ...to('mongodb'),
      ...from('ratings', 'v2'),
      'context.protocol': 'tcp',
      'connection.sent.bytes': sent,
      'connection.received.bytes': received,
    });
  const other = bag(mixer, { ...to('details'), 'connection.sent.bytes': 99 });
  await mixer.report([connection(100, 7), connection(23, 0), other], { namespace: 'default' });
  const series = (await page()).split('\n').filter(line => /^istio_mongo_\w+_bytes\{/.test(line));
  const labels = '{source_service="ratings-v2",source_version="v2",destination_version="v1"}';
  assert.equal(series.toSorted(), [
    `istio_mongo_received_bytes${labels} 7`,
    `istio_mongo_sent_bytes${labels} 123`,
  ]);
});

/** Runs a sample whose log goes to a file instead of standard output, and gives what was written. */
async function logged(sample: string, use: Parameters<typeof run>[1]): Promise<Record<string, unknown>[]> {
  const place = await mkdtemp(join(tmpdir(), 'krater-istio-'));
  const path = join(place, 'access.log');
  const toFile = (_all: string, indent: string) =>
    `${indent}outputAsJson: true\n${indent}logStream: FILE\n${indent}output_path: ${path}`;
  try {
    await run((await textOf(sample)).replace(/^( +)outputAsJson: true/m, toFile), use);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    return lines.map(line => JSON.parse(line) as Record<string, unknown>);
  } finally {
    await rm(place, { recursive: true });
  }
}

const answered: Attributes = {
  'request.time': Date.UTC(2030, 0, 1) * 1000,
  'request.useragent': 'curl/8',
  'response.time': Date.UTC(2030, 0, 1) * 1000 + 12_300,
  'response.code': 404,
  'response.size': 375,
  'response.duration': 12_300,
};

for (const name of ['log-entry', 'log-entry-crd']) {
  samples(`${name}: a line for every request, with the named fields`, async () => {
    const lines = await logged(name, async mixer => {
      await mixer.report([
        bag(mixer, { ...to('ratings'), ...from('reviews', 'v2'), ...answered }),
        mixer.bag(),
      ]);
    });
    assert.is(lines.length, 2);
    const [{ time, ...line }, empty] = lines as [Record<string, unknown>, Record<string, unknown>];
    assert.match(String(time), /^2030-01-01T00:00:00/);
    const expected = {
      level: 'warn',
      source: 'reviews',
      user: 'unknown',
      destination: 'ratings',
      responseCode: 404,
      responseSize: 375,
      latency: '12.3ms',
    };
    assert.equal(Object.fromEntries(Object.keys(expected).map(field => [field, line[field]])), expected);
    assert.equal([empty['source'], empty['responseCode'], empty['responseSize']], ['unknown', 0, 0]);
  });
}

samples('default-telemetry: requests, connections and lines come out under their names', async () => {
  const lines = await logged('default-telemetry', async (mixer, _clock, page) => {
    const request = {
      ...to('ratings'),
      ...from('reviews', 'v2'),
      ...answered,
      'context.reporter.kind': 'inbound',
    };
    const probe = { ...request, 'request.useragent': 'kube-probe/1.14' };
    const connection = {
      ...request,
      'context.protocol': 'tcp',
      'connection.event': 'open',
      'connection.sent.bytes': 42,
    };
    await mixer.report([request, request, probe, connection].map(attributes => bag(mixer, attributes)));
    const series = (await page()).split('\n').filter(line => line.startsWith('istio_'));
    const values = new Map(series.map(line => [line.replace(/[{ ].*/, ''), line]));
    const ends = (name: string, value: string) =>
      assert.match(values.get(name) ?? `no ${name}`, new RegExp(`\\} ${value}$`));
    ends('istio_requests_total', '2');
    ends('istio_request_duration_seconds_sum', '0.0246');
    ends('istio_response_bytes_sum', '750');
    ends('istio_tcp_connections_opened_total', '1');
    ends('istio_tcp_sent_bytes_total', '42');
    assert.not(values.has('istio_tcp_connections_closed_total'));
    const total = values.get('istio_requests_total') ?? '';
    for (const label of [
      'reporter="destination"',
      'source_workload="reviews-v2"',
      'response_code="404"',
      'response_flags="-"',
    ]) {
      assert.ok(total.includes(label), `${label} in ${total}`);
    }
    const bounds = series.flatMap(
      line => /^istio_response_bytes_bucket\{.*le="([^"]+)"/.exec(line)?.[1] ?? [],
    );
    assert.equal(bounds, [
      '1',
      '10',
      '100',
      '1000',
      '10000',
      '100000',
      '1000000',
      '10000000',
      '100000000',
      '+Inf',
    ]);
  });
  assert.equal(
    lines.map(({ sourceApp, reporter, responseCode }) => [sourceApp, reporter, responseCode]),
    [1, 2, 3].map(() => ['reviews', 'destination', 404]),
  );
});

samples.run();
