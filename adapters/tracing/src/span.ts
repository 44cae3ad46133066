import type { Instance, ValueType } from '@krater/mixer';
import { type PlainValue, plainValue } from '@krater/mixer/telemetry';
import type { tracespan } from '@krater/templates';
import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

export type SpanInstance = Instance<typeof tracespan>;
export type TagTypes = { readonly [tag: string]: ValueType };

/** The numbers of OpenTelemetry's enumerations; importing them would load the library with this module. */
const kinds = { server: 1, client: 2 } as const;
const statuses = { unset: 0, error: 2 } as const;
const sampled = 1;

const scope = { name: 'krater' };
const longestText = 4_096;

export interface SpanOptions {
  readonly resourceOf: (serviceName: string) => Resource;
  /** Of each instance, by its name. */
  readonly tagTypes: ReadonlyMap<string, TagTypes>;
}

/**
 * A finished span in the form of the SDK; undefined where ids or times are no ids or times. Ids are the instance's own,
 * a trace id of 64 bits is filled up with zeros, and the span counts as sampled: whether to send it was the rule's to say.
 */
export function spanOf(instance: SpanInstance, options: SpanOptions): ReadableSpan | undefined {
  const traceId = idOf(instance.trace_id, 32);
  const client = instance.client_span === true;
  const { start_time: start } = instance;
  const own = idOf(instance.span_id, 16);
  if (traceId === undefined || own === undefined || !Number.isFinite(start)) return undefined;
  const rewritten = instance.rewrite_client_span_id === true ? complement(own) : undefined;
  const spanId = client ? (rewritten ?? own) : own;
  const parentId = client
    ? idOf(instance.parent_span_id, 16)
    : (rewritten ?? idOf(instance.parent_span_id, 16));
  const end = instance.end_time >= start ? instance.end_time : start;
  const context = (id: string, isRemote: boolean): SpanContext => ({
    traceId,
    spanId: id,
    traceFlags: sampled,
    isRemote,
  });
  const spanContext = context(spanId, false);
  const service = (client ? instance.source_name : instance.destination_name) || 'unknown_service';
  const status = Number(instance.httpStatusCode);
  return {
    name: instance.span_name,
    kind: client ? kinds.client : kinds.server,
    spanContext: () => spanContext,
    ...(parentId !== undefined && { parentSpanContext: context(parentId, !client) }),
    startTime: hrTime(start),
    endTime: hrTime(end),
    duration: hrTime(end - start),
    status: { code: status >= (client ? 400 : 500) ? statuses.error : statuses.unset },
    attributes: attributesOf(instance, client, options),
    links: [],
    events: [],
    ended: true,
    resource: options.resourceOf(service),
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Under the names of the semantic conventions; the instance's tags last, so that they win. */
function attributesOf(instance: SpanInstance, client: boolean, { tagTypes }: SpanOptions): Attributes {
  const attributes: Attributes = Object.create(null);
  const put = (name: string, value: string | number | bigint | undefined) => {
    if (value === undefined || value === '' || Number.isNaN(value)) return;
    attributes[name] = typeof value === 'string' ? value.slice(0, longestText) : Number(value);
  };
  put('http.response.status_code', instance.httpStatusCode);
  put('http.request.body.size', instance.request_size);
  put('http.request.size', instance.request_total_size);
  put('http.response.body.size', instance.response_size);
  put('http.response.size', instance.response_total_size);
  put('network.protocol.name', instance.api_protocol);
  put('source.address', instance.source_ip);
  put('destination.address', instance.destination_ip);
  put('peer.service', client ? instance.destination_name : instance.source_name);
  const types = tagTypes.get(instance.name);
  for (const [tag, value] of Object.entries(instance.span_tags ?? {})) {
    const plain = plainValue(value, types?.[tag]);
    if (plain !== null) attributes[tag] = tagOf(plain);
  }
  return attributes;
}

/** As OpenTelemetry can hold it: integers beyond the safe ones and maps as texts. */
function tagOf(value: NonNullable<PlainValue>): string | number | boolean {
  if (typeof value === 'string') return value.slice(0, longestText);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value).slice(0, longestText);
}

/** Lower-case hexadecimal of the wanted length, filled up on the left; undefined for anything else and for zero. */
function idOf(text: string | undefined, length: 16 | 32): string | undefined {
  if (text === undefined || !/^[0-9a-fA-F]{1,32}$/.test(text) || text.length > length || /^0+$/.test(text))
    return undefined;
  return text.toLowerCase().padStart(length, '0');
}

/** The id of a client span whose server span carries the same id: derived, so that both sides agree on it. */
function complement(id: string): string {
  return id.replace(/./g, digit => (15 - Number.parseInt(digit, 16)).toString(16));
}

function hrTime(microseconds: number): HrTime {
  const seconds = Math.floor(microseconds / 1e6);
  return [seconds, Math.round((microseconds - seconds * 1e6) * 1e3)];
}
