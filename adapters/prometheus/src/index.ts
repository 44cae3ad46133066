import { type BaseEnv, defineAdapter, KraterError } from '@krater/mixer';
import { metric } from '@krater/templates';
import { boundsOf } from './buckets.ts';
import type { Code } from './codes.ts';
import { type Config, checkConfig, config, fullName, type MetricConfig } from './config.ts';
import { divisorOf } from './feed.ts';
import { type Definition, type Losses, MetricSeries } from './metric-series.ts';
import { scrapeEndpoints, scrapeEndpointsToken } from './scrape-endpoint.ts';
import type { Dimensions } from './series-lookup.ts';

export { type ScrapeAddress, type ScrapeEndpoints, scrapeEndpointsToken } from './scrape-endpoint.ts';

/** A metric and what its instance's values are divided by. */
interface Feed {
  readonly series: MetricSeries;
  readonly divisor: number;
}

const noDimensions: Dimensions = Object.freeze(Object.create(null));

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
    const feedsByInstance = new Map<string, Feed[]>();
    for (const [index, metric] of metrics.entries()) {
      const definition = definitionOf(metric);
      // Apart from the place, so that a metric that is shown elsewhere keeps its values.
      const series = env.keep(`series ${JSON.stringify(definition)}`, () => new MetricSeries(definition));
      env.keep(
        `shown ${JSON.stringify([address, definition])}`,
        () => lease.page.lease(env.handler, series, ['metrics', index, 'name']),
        kept => kept.release(),
      );
      for (const shape of env.instances.filter(({ name }) => name === metric.instance)) {
        const feeds = feedsByInstance.get(shape.name) ?? [];
        feedsByInstance.set(shape.name, [...feeds, { series, divisor: divisorOf(metric, index, shape) }]);
      }
    }
    compareWithRules(metrics, feedsByInstance, env);
    const losses = countLosses(env);
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

/** An instance without a metric is a mistake; a metric that no rule feeds (any more) is only said. */
function compareWithRules(
  metrics: Config['metrics'],
  feeds: ReadonlyMap<string, unknown>,
  env: BaseEnv,
): void {
  for (const { name } of env.instances) {
    if (feeds.has(name)) continue;
    const code: Code = 'PROMETHEUS_NO_METRIC';
    const known = [...new Set(metrics.map(({ instance }) => `"${instance}"`))].join(', ') || 'none';
    throw new KraterError(
      code,
      `no metric is defined for instance "${name}"; metrics are defined for ${known}`,
      {
        hint: `add to metrics: { instance: ${name}, name: …, kind: counter }`,
        path: ['metrics'],
      },
    );
  }
  for (const metric of metrics) {
    if (!feeds.has(metric.instance)) {
      env.log.warn('no rule feeds this metric', { metric: fullName(metric), instance: metric.instance });
    }
  }
}

function countLosses(env: BaseEnv): Losses {
  const folded = env.metrics.counter(
    'prometheus_folded_total',
    'values that went into an overflow series: the series budget was spent',
  );
  const refused = env.metrics.counter(
    'prometheus_refused_total',
    'values that are no finite number, or would make a counter fall',
  );
  const warned = new Set<MetricSeries>();
  return {
    folded(metric) {
      folded.add();
      if (warned.has(metric)) return;
      warned.add(metric);
      const { name, maxSeries } = metric.definition;
      env.log.warn('the series budget of a metric is spent', {
        metric: name,
        maxSeries,
        widestLabel: metric.widestLabel(),
      });
    },
    refused: () => refused.add(),
  };
}
