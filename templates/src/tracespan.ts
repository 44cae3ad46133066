import { defineTemplate, t } from '@krater/mixer';

export default defineTemplate({
  name: 'tracespan',
  variety: 'report',
  summary: 'one finished span of a trace',
  fields: {
    trace_id: t.string,
    span_id: t.optional(t.string),
    parent_span_id: t.optional(t.string),
    span_name: t.string,
    start_time: t.timestamp,
    end_time: t.timestamp,
    span_tags: t.optional(t.map(t.value)),
    httpStatusCode: t.optional(t.int64),
    client_span: t.optional(t.bool),
    rewrite_client_span_id: t.optional(t.bool),
    source_name: t.optional(t.string),
    source_ip: t.optional(t.ip),
    destination_name: t.optional(t.string),
    destination_ip: t.optional(t.ip),
    request_size: t.optional(t.int64),
    request_total_size: t.optional(t.int64),
    response_size: t.optional(t.int64),
    response_total_size: t.optional(t.int64),
    api_protocol: t.optional(t.string),
  },
});
