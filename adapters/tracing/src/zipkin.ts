import type { ReadableSpan } from '@opentelemetry/sdk-trace';

const kinds: Readonly<Record<number, string>> = { 1: 'SERVER', 2: 'CLIENT' };

/** Spans in Zipkin's v2 JSON (zipkin-api, zipkin2-api.yaml). Tags are texts there. */
export function zipkinJson(spans: readonly ReadableSpan[]): Uint8Array {
  return Buffer.from(JSON.stringify(spans.map(zipkinSpan)));
}

function zipkinSpan({ name, kind, attributes, status, resource, ...span }: ReadableSpan) {
  const { traceId, spanId } = span.spanContext();
  const tags = Object.fromEntries(Object.entries(attributes).map(([tag, value]) => [tag, String(value)]));
  const peer = attributes['peer.service'];
  return {
    traceId,
    id: spanId,
    ...(span.parentSpanContext && { parentId: span.parentSpanContext.spanId }),
    name,
    kind: kinds[kind],
    timestamp: microseconds(span.startTime),
    // Zipkin takes 0 for "unknown".
    duration: Math.max(1, microseconds(span.duration)),
    localEndpoint: { serviceName: resource.attributes['service.name'] },
    ...(peer !== undefined && { remoteEndpoint: { serviceName: peer } }),
    tags: { ...tags, ...(status.code === 2 && { error: tags['http.response.status_code'] ?? 'true' }) },
  };
}

function microseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1e6 + Math.round(nanoseconds / 1e3);
}
