import { defineAdapter } from '@krater/mixer';
import {
  BatchSender,
  countMetricLosses,
  type Dimensions,
  metricFeeds,
  SeriesTable,
  type TrackedSeries,
} from '@krater/mixer/telemetry';
import { metric } from '@krater/templates';
import type { Code } from './codes.ts';
import { type Config, checkConfig, config, labelsOf, type MetricConfig } from './config.ts';
import { daemonWire } from './daemon-wire.ts';
import { type LineFrame, lineFrame, metricLine } from './line.ts';

/** How long closing waits for the daemon, in milliseconds. */
const patience = 2_000;
const names = { prefix: 'statsd', records: 'metrics', destination: 'the StatsD daemon' };
const feedCodes = {
  badValue: 'STATSD_BAD_VALUE',
  badLabel: 'STATSD_BAD_LABEL',
  noMetric: 'STATSD_NO_METRIC',
} as const satisfies Record<string, Code>;
const noDimensions: Dimensions = Object.freeze(Object.create(null));

type Series = TrackedSeries & LineFrame;

export default defineAdapter({
  name: 'statsd',
  summary: 'counters, gauges and timings to a StatsD or DogStatsD daemon',
  templates: [metric],
  config,
  check: checkConfig,

  create(config, env) {
    const { metrics, packet, queue, flush, timeout, expiry } = config;
    const feedsByInstance = metricFeeds(
      metrics.map(metric => ({ ...metric, labels: labelsOf(metric) })),
      (index, divisor, type) => {
        const metric = metrics[index] as MetricConfig;
        const { kind, name } = metric;
        const factor = kind === 'timing' && type === 'DURATION' ? 1e3 : 1;
        const sampleRate = kind === 'gauge' ? 1 : metric.sampleRate;
        return { name, sampleRate, divisor: divisor / factor, table: tableOf(metric, sampleRate, config) };
      },
      feedCodes,
      env,
    );
    const tables = [...feedsByInstance.values()].flat().map(({ table }) => table);
    env.timers.every(expiry / 2, () => {
      for (const table of tables) table.sweep(env.clock.now(), expiry);
    });
    const losses = countMetricLosses('statsd', env);
    const sampledOut = env.metrics.counter('statsd_sampled_out_total', 'values that sampleRate left out');
    const wire = daemonWire(config, env.clock);
    const policy = {
      weigh: (line: string) => Buffer.byteLength(line) + 1,
      size: packet + 1,
      queue,
      delay: flush,
      timeout,
    };
    const sender = new BatchSender(wire, policy, names, env);
    return {
      metric(instances) {
        for (const { name, value, dimensions = noDimensions } of instances) {
          for (const { table, divisor, sampleRate, ...feed } of feedsByInstance.get(name) ?? []) {
            const amount = Number(value) / divisor;
            if (!Number.isFinite(amount)) {
              losses.refused();
              continue;
            }
            const series = table.find(dimensions);
            series.active = true;
            if (series === table.overflow) losses.folded(feed.name, table);
            if (sampleRate < 1 && env.random() >= sampleRate) sampledOut.add();
            else sender.offer(metricLine(series, amount));
          }
        }
      },
      async close() {
        await sender.close(patience);
        wire.close();
      },
    };
  },
});

function tableOf(metric: MetricConfig, sampleRate: number, config: Config): SeriesTable<Series> {
  const { kind, name, tags, maxSeries } = metric;
  const { dialect, prefix, tags: constantTags } = config;
  const options = { dialect, prefix, kind, name, tags, sampleRate, constantTags };
  return new SeriesTable(
    labelsOf(metric).map(({ name }) => name),
    maxSeries,
    labels => ({ labels, active: true, seen: 0, ...lineFrame(options, labels) }),
  );
}
