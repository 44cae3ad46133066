import { defineAdapter } from '@krater/mixer';
import { boundsOf, countMetricLosses, type Dimensions, metricFeeds } from '@krater/mixer/telemetry';
import { metric } from '@krater/templates';
import type { Code } from './codes.ts';
import { checkConfig, config, fullName, type MetricConfig } from './config.ts';
import { type Definition, MetricSeries } from './metric-series.ts';
import { scrapeEndpoints, scrapeEndpointsToken } from './scrape-endpoint.ts';

export { type ScrapeAddress, type ScrapeEndpoints, scrapeEndpointsToken } from './scrape-endpoint.ts';

const noDimensions: Dimensions = Object.freeze(Object.create(null));
const feedCodes = {
  badValue: 'PROMETHEUS_BAD_VALUE',
  badLabel: 'PROMETHEUS_BAD_LABEL',
  noMetric: 'PROMETHEUS_NO_METRIC',
} as const satisfies Record<string, Code>;

export default defineAdapter({
  name: 'prometheus',
  summary: 'counts, gauges and histograms for Prometheus to scrape',
  templates: [metric],
  config,
  check: checkConfig,
  needs: { endpoints: scrapeEndpointsToken },
  services: [scrapeEndpoints],

  async create({ metrics, endpoint, expiry }, env) {
    const address = `${endpoint.host}:${endpoint.port}${endpoint.path}`;
    const lease = env.keep(
      `endpoint ${address}`,
      () => env.endpoints.lease(endpoint),
      kept => kept.release(),
    );
    await lease.ready;
    const series = metrics.map((metric, index) => {
      const definition = definitionOf(metric);
      // Apart from the place, so that a metric that is shown elsewhere keeps its values.
      const series = env.keep(`series ${JSON.stringify(definition)}`, () => new MetricSeries(definition));
      env.keep(
        `shown ${JSON.stringify([address, definition])}`,
        () => lease.page.lease(env.handler, series, ['metrics', index, 'name']),
        kept => kept.release(),
      );
      return series;
    });
    const feedsByInstance = metricFeeds(
      metrics.map(metric => ({
        name: fullName(metric),
        instance: metric.instance,
        labels: metric.labels.map((name, position) => ({ name, at: ['labels', position] })),
      })),
      (index, divisor) => ({ series: series[index] as MetricSeries, divisor }),
      feedCodes,
      env,
    );
    const losses = countMetricLosses('prometheus', env);
    const allSeries = new Set([...feedsByInstance.values()].flat().map(({ series }) => series));
    env.timers.every(expiry / 2, () => {
      for (const series of allSeries) series.sweep(env.clock.now(), expiry);
    });
    return {
      metric(instances) {
        for (const { name, value, dimensions = noDimensions } of instances) {
          const feeds = feedsByInstance.get(name);
          if (feeds === undefined) continue;
          for (const { series, divisor } of feeds) series.record(dimensions, Number(value) / divisor, losses);
        }
      },
    };
  },
});

function definitionOf(metric: MetricConfig): Definition {
  return {
    name: fullName(metric),
    kind: metric.kind,
    help: metric.help || `${metric.kind} of instance ${metric.instance}`,
    labels: metric.labels,
    bounds: metric.kind === 'histogram' ? boundsOf(metric.buckets) : [],
    maxSeries: metric.maxSeries,
  };
}
