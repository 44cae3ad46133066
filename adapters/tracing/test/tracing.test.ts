import { execFileSync } from 'node:child_process';
import tracing from '@krater/adapter-tracing';
import {
  adapterSuite,
  configMistakes,
  createHandler,
  fakeContext,
  fakeEnv,
  shapeOf,
} from '@krater/mixer/testing';
import { tracespan } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collector, type OtlpSpan, plain } from './collectors.ts';

const test = suite('tracing');
const start = 1_900_000_000_123_456;
const instance = {
  name: 'span',
  trace_id: '80f198ee56343ba864fe8b2a57d3eff7',
  span_id: 'e457b5a2e4d86bd1',
  parent_span_id: '05e3ac9a4f6e3b90',
  span_name: 'GET /reviews',
  start_time: start,
  end_time: start + 1_500,
  httpStatusCode: 200,
  client_span: false,
  source_name: 'productpage',
  destination_name: 'reviews',
  source_ip: '10.0.0.1',
  destination_ip: '10.0.0.2',
  request_size: 10,
  response_total_size: 4242,
  api_protocol: 'http',
  span_tags: { 'http.request.method': 'GET', big: 9007199254740993n, ok: true },
};

/** Sends instances to a collector and closes; resolves to the figures of the environment. */
async function told(instances: readonly object[], config: object, shape: object = instance) {
  await using env = fakeEnv({ instances: [shapeOf(tracespan, shape as never)] });
  const handler = await createHandler(tracing, config, env);
  await handler.tracespan(instances as never, fakeContext(env));
  await handler.close?.();
  const { measured, logged } = env;
  return {
    acknowledged: measured.get('tracing_acknowledged_total') ?? 0,
    lost: measured.get('tracing_lost_total') ?? 0,
    logged,
  };
}

async function one(changes: object): Promise<OtlpSpan> {
  await using receiver = await collector();
  await told([{ ...instance, ...changes }], { endpoint: receiver.endpoint });
  return receiver.spans[0] as OtlpSpan;
}

test('sends a finished span over OTLP with its own ids, times and names', async () => {
  const span = await one({});
  assert.is(span.traceId, instance.trace_id);
  assert.is(span.spanId, instance.span_id);
  assert.is(span.parentSpanId, instance.parent_span_id);
  assert.is(span.name, 'GET /reviews');
  assert.is(span.startTimeUnixNano, `${start}000`);
  assert.is(span.endTimeUnixNano, `${start + 1500}000`);
  assert.is(span.kind, 2, 'SERVER in OTLP');
  assert.is(span.service, 'reviews');
  assert.equal(plain(span), {
    'http.response.status_code': 200,
    'http.request.body.size': 10,
    'http.response.size': 4242,
    'network.protocol.name': 'http',
    'source.address': '10.0.0.1',
    'destination.address': '10.0.0.2',
    'peer.service': 'productpage',
    'http.request.method': 'GET',
    big: '9007199254740993',
    ok: true,
  });
});

test('names a client span after its source', async () => {
  const span = await one({ client_span: true });
  assert.is(span.kind, 3, 'CLIENT in OTLP');
  assert.is(span.service, 'productpage');
  assert.is(plain(span)['peer.service'], 'reviews');
});

test('calls a span failed from 500 on at the server, from 400 on at the client', async () => {
  const failed = async (changes: object) => (await one(changes)).status.code === 2;
  assert.is(await failed({ httpStatusCode: 404 }), false);
  assert.is(await failed({ httpStatusCode: 503 }), true);
  assert.is(await failed({ httpStatusCode: 404, client_span: true }), true);
  assert.is(await failed({ httpStatusCode: Number.NaN }), false);
});

test('gives client and server spans of one id different ids, as parent and child', async () => {
  const rewrite = { rewrite_client_span_id: true };
  const client = await one({ ...rewrite, client_span: true });
  const server = await one(rewrite);
  assert.is.not(client.spanId, server.spanId);
  assert.is(server.parentSpanId, client.spanId);
  assert.is(client.parentSpanId, instance.parent_span_id);
});

test('fills up short trace ids, and takes a span without parent', async () => {
  const span = await one({ trace_id: '64FE8B2A57D3EFF7', parent_span_id: '' });
  assert.is(span.traceId, '000000000000000064fe8b2a57d3eff7');
  assert.not(span.parentSpanId);
});

test('writes durations in tags as seconds and timestamps as RFC 3339', async () => {
  await using receiver = await collector();
  await using env = fakeEnv({
    instances: [
      { name: 'span', template: 'tracespan', types: { span_tags: { took: 'DURATION', at: 'TIMESTAMP' } } },
    ],
  });
  const handler = await createHandler(tracing, { endpoint: receiver.endpoint }, env);
  await handler.tracespan(
    [{ ...instance, span_tags: { took: 1_500, at: start } }] as never,
    fakeContext(env),
  );
  await handler.close?.();
  const { took, at } = plain(receiver.spans[0] as OtlpSpan);
  assert.is(took, 0.0015);
  assert.is(at, '2030-03-17T17:46:40.123Z');
});

test('groups the spans of a batch by service', async () => {
  await using receiver = await collector();
  const others = ['reviews', 'ratings', 'reviews'].map(destination_name => ({
    ...instance,
    destination_name,
  }));
  await told(others, { endpoint: receiver.endpoint });
  assert.is(receiver.requests.length, 1);
  assert.equal(receiver.spans.map(({ service }) => service).sort(), ['ratings', 'reviews', 'reviews']);
});

test('speaks Zipkin v2', async () => {
  await using receiver = await collector();
  await told([{ ...instance, httpStatusCode: 503 }], { endpoint: receiver.endpoint, protocol: 'zipkin' });
  const [span = {}] = receiver.zipkin;
  const { tags, ...rest } = span;
  assert.equal(rest, {
    traceId: instance.trace_id,
    id: instance.span_id,
    parentId: instance.parent_span_id,
    name: 'GET /reviews',
    kind: 'SERVER',
    timestamp: start,
    duration: 1500,
    localEndpoint: { serviceName: 'reviews' },
    remoteEndpoint: { serviceName: 'productpage' },
  });
  assert.is((tags as Record<string, string>)['error'], '503');
  assert.is((tags as Record<string, string>)['big'], '9007199254740993');
});

test('sends headers, and those kept secret', async () => {
  await using receiver = await collector();
  process.env['TRACING_TEST_TOKEN'] = 'sesame';
  await told([instance], {
    endpoint: receiver.endpoint,
    headers: { 'x-tenant': 'blue' },
    secretHeaders: { 'x-token': { env: 'TRACING_TEST_TOKEN' } },
  });
  delete process.env['TRACING_TEST_TOKEN'];
  assert.is(receiver.requests[0]?.headers['x-tenant'], 'blue');
  assert.is(receiver.requests[0]?.headers['x-token'], 'sesame');
});

test('loads its library only when a handler is created', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import('@krater/adapter-tracing');
    console.log(loaded.some(url => url.includes('zod')), loaded.some(url => url.includes('@opentelemetry')));`;
  const flags = ['--conditions=krater-source', '--input-type=module', '-e', script];
  assert.is(execFileSync(process.execPath, flags, { encoding: 'utf8' }), 'true false\n');
});

for (const [path, config] of [
  ['endpoint', { endpoint: 'ftp://collector' }],
  ['batch.size', { batch: { size: 100, queue: 10 } }],
  ['headers', { headers: { 'no spaces': 'x' } }],
  ['headers.x-note', { headers: { 'x-note': 'a\r\nb' } }],
] as const) {
  test(`finds the mistake at ${path}`, () => {
    const found = configMistakes(tracing, config);
    assert.is(found.length, 1);
    assert.ok(found[0]?.startsWith(path));
  });
}

adapterSuite(tracing, { test, config: {}, instances: { tracespan: [instance] } });

test.run();
