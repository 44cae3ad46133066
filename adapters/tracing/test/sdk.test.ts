import tracing from '@krater/adapter-tracing';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { SpanKind, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collector, type OtlpSpan, plain } from './collectors.ts';

const test = suite('tracing beside the SDK');
const start = 1_900_000_000_123_000;

/** The same server span, as the SDK records and sends it by itself. */
async function bySdk(endpoint: string): Promise<void> {
  const settings = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  };
  Object.assign(process.env, settings);
  const sdk = new NodeSDK({ serviceName: 'reviews', autoDetectResources: false });
  sdk.start();
  const span = trace.getTracer('krater').startSpan('GET /reviews', {
    kind: SpanKind.SERVER,
    startTime: new Date(start / 1000),
    attributes: { 'http.response.status_code': 200, 'http.request.method': 'GET' },
  });
  span.end(new Date(start / 1000 + 2));
  await sdk.shutdown();
  for (const name of Object.keys(settings)) delete process.env[name];
}

async function byKrater(endpoint: string): Promise<void> {
  await using env = fakeEnv();
  const handler = await createHandler(tracing, { endpoint }, env);
  const span = {
    name: 'span',
    trace_id: '80f198ee56343ba864fe8b2a57d3eff7',
    span_id: 'e457b5a2e4d86bd1',
    span_name: 'GET /reviews',
    start_time: start,
    end_time: start + 2000,
    destination_name: 'reviews',
    httpStatusCode: 200,
    span_tags: { 'http.request.method': 'GET' },
  };
  await handler.tracespan([span as never], fakeContext(env));
  await handler.close?.();
}

test('sends what the SDK sends for the same span, but for the ids', async () => {
  await using receiver = await collector();
  await bySdk(receiver.endpoint);
  await byKrater(receiver.endpoint);
  assert.is(receiver.spans.length, 2);
  const [theirs, ours] = receiver.spans.map(span => {
    const { traceId, spanId, attributes, ...rest } = span as OtlpSpan;
    assert.match(traceId, /^[0-9a-f]{32}$/);
    assert.match(spanId, /^[0-9a-f]{16}$/);
    return { ...rest, attributes: plain({ attributes } as OtlpSpan) };
  });
  assert.equal(ours, theirs);
});

test.run();
