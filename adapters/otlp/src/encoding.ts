import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Config } from './config.ts';
import type { LogRecord } from './log-record.ts';
import type { Definition, Point } from './otlp-metric.ts';

/** How records of one signal become a request, and what its answer says was not taken. */
export interface Encoding<T> {
  encode(records: readonly T[]): Uint8Array;
  /** Of the answer's body: how many records a partial success has rejected. */
  rejected(body: Uint8Array): number;
}

const scope = { name: 'krater' };
const severities = { debug: 5, info: 9, warn: 13, error: 17 } as const;

/** Both signals, by the serializers of OpenTelemetry's own SDK. Importing this file loads it. */
export function encodings({ protocol, resource: attributes }: Pick<Config, 'protocol' | 'resource'>): {
  readonly metrics: Encoding<Point>;
  readonly logs: Encoding<LogRecord>;
} {
  const resource = resourceFromAttributes({ 'service.name': 'krater', ...attributes });
  const json = protocol === 'json';
  const metrics = json ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const logs = json ? JsonLogsSerializer : ProtobufLogsSerializer;
  return {
    metrics: {
      encode: points =>
        written(
          metrics.serializeRequest({ resource, scopeMetrics: [{ scope, metrics: metricsOf(points) }] }),
        ),
      rejected: body => Number(metrics.deserializeResponse(body).partialSuccess?.rejectedDataPoints ?? 0),
    },
    logs: {
      encode: records =>
        written(
          logs.serializeRequest(
            records.map(record => ({ ...readable(record), resource, instrumentationScope: scope })),
          ),
        ),
      rejected: body => Number(logs.deserializeResponse(body).partialSuccess?.rejectedLogRecords ?? 0),
    },
  };
}

function written(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error('OpenTelemetry has written nothing');
  return bytes;
}

function metricsOf(points: readonly Point[]): MetricData[] {
  return [...Map.groupBy(points, ({ definition }) => definition)].map(([definition, points]) =>
    metricOf(definition, points),
  );
}

function metricOf(definition: Definition, points: readonly Point[]): MetricData {
  const { name, description, unit, kind, temporality, bounds } = definition;
  const aggregationTemporality =
    temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  const descriptor = { name, description, unit, valueType: ValueType.DOUBLE };
  const place = ({ labels, start, end }: Point) => ({
    attributes: labels,
    startTime: hrTime(start * 1e3),
    endTime: hrTime(end * 1e3),
  });
  if (kind === 'histogram') {
    return {
      descriptor,
      aggregationTemporality,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: points.map(point => ({
        ...place(point),
        value: {
          buckets: { boundaries: [...bounds], counts: [...point.counts] },
          sum: point.value,
          count: point.counts.reduce((sum, count) => sum + count, 0),
          ...(point.least <= point.most && { min: point.least, max: point.most }),
        },
      })),
    };
  }
  const dataPoints = points.map(point => ({ ...place(point), value: point.value }));
  return kind === 'gauge'
    ? { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, dataPoints, isMonotonic: true };
}

function readable(record: LogRecord): Omit<ReadableLogRecord, 'resource' | 'instrumentationScope'> {
  return {
    hrTime: hrTime(record.time),
    hrTimeObserved: hrTime(record.observed),
    severityNumber: severities[record.level],
    severityText: record.severity || record.level,
    body: record.name,
    eventName: record.name,
    attributes: record.attributes as ReadableLogRecord['attributes'],
    droppedAttributesCount: 0,
  };
}

function hrTime(microseconds: number): HrTime {
  const seconds = Math.floor(microseconds / 1e6);
  return [seconds, Math.floor((microseconds - seconds * 1e6) * 1e3)];
}
