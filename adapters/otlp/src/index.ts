import { type BaseEnv, defineAdapter } from '@krater/mixer';
import {
  BatchSender,
  boundsOf,
  countMetricLosses,
  type Dimensions,
  masking,
  metricFeeds,
  severityMapping,
} from '@krater/mixer/telemetry';
import { logentry, metric } from '@krater/templates';
import type { Code } from './codes.ts';
import { Collector } from './collector.ts';
import { type Config, checkConfig, config } from './config.ts';
import { type LogRecord, logRecordWriter } from './log-record.ts';
import { type Definition, OtlpMetric } from './otlp-metric.ts';

/** How long closing waits for the collector, in milliseconds. */
const patience = 2_000;
const destination = 'the collector';
const pointNames = { prefix: 'otlp_points', records: 'data points', destination };
const logNames = { prefix: 'otlp_logs', records: 'log entries', destination };
const feedCodes = {
  badValue: 'OTLP_BAD_VALUE',
  badLabel: 'OTLP_BAD_LABEL',
  noMetric: 'OTLP_NO_METRIC',
} as const satisfies Record<string, Code>;
const noDimensions: Dimensions = Object.freeze(Object.create(null));

export default defineAdapter({
  name: 'otlp',
  summary: 'metrics and log entries to OpenTelemetry collectors, over HTTP',
  templates: [metric, logentry],
  config,
  check: checkConfig,

  async create(config, env) {
    const { metrics, batch, timeout, interval, expiry } = config;
    const series = metrics.map(metric => keptMetric(metric, config, env));
    const feedsByInstance = metricFeeds(
      metrics.map(metric => ({
        ...metric,
        labels: metric.labels.map((name, position) => ({ name, at: ['labels', position] })),
      })),
      (index, divisor) => ({ metric: series[index] as OtlpMetric, divisor }),
      feedCodes,
      { log: env.log, instances: env.instances.filter(({ template }) => template === 'metric') },
    );
    const { encodings } = await import('./encoding.ts');
    const encoding = encodings(config);
    const collector = new Collector(config, env.clock);
    const points = new BatchSender(
      collector.signal('/v1/metrics', encoding.metrics),
      { size: batch.points, queue: batch.pointQueue, delay: batch.delay, timeout },
      pointNames,
      env,
    );
    const logs = new BatchSender(
      collector.signal('/v1/logs', encoding.logs),
      {
        weigh: ({ weight }: LogRecord) => weight,
        size: batch.logs,
        queue: batch.logQueue,
        delay: batch.delay,
        timeout,
      },
      logNames,
      env,
    );
    const collect = () => {
      const now = env.clock.now();
      for (const metric of series) {
        metric.sweep(now, expiry);
        for (const point of metric.collect(now)) points.offer(point);
      }
    };
    env.timers.every(interval, collect);
    const losses = countMetricLosses('otlp', env);
    const writers = logWriters(config, env);
    const levelOf = severityMapping(config.severities);
    return {
      metric(instances) {
        for (const { name, value, dimensions = noDimensions } of instances)
          for (const { metric, divisor } of feedsByInstance.get(name) ?? [])
            metric.record(dimensions, Number(value) / divisor, losses);
      },
      logentry(instances) {
        const now = env.clock.now() * 1e3;
        for (const instance of instances) {
          const write = writers.get(instance.name);
          if (write !== undefined) logs.offer(write(instance, levelOf(instance.severity), now));
        }
      },
      async close() {
        collect();
        await Promise.all([points.close(patience), logs.close(patience)]);
        collector.close();
      },
    };
  },
});

/** A metric whose definition stays what it is keeps its values over a reload. */
function keptMetric(metric: Config['metrics'][number], { temporality }: Config, env: BaseEnv): OtlpMetric {
  const { name, kind, description, unit, labels, maxSeries } = metric;
  const bounds = metric.kind === 'histogram' ? boundsOf(metric.buckets) : [];
  const definition: Definition = { name, kind, description, unit, labels, bounds, maxSeries, temporality };
  const { clock } = env;
  return env.keep(
    `metric ${JSON.stringify(definition)}`,
    () => new OtlpMetric(definition, () => clock.now()),
  );
}

function logWriters({ mask }: Config, env: BaseEnv) {
  const isMasked = masking(mask);
  const shapes = env.instances.filter(({ template }) => template === 'logentry');
  return new Map(shapes.map(shape => [shape.name, logRecordWriter(shape, isMasked)]));
}
