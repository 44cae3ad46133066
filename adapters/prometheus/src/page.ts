import { KraterError } from '@krater/mixer';
import { type Metric, Registry } from 'prom-client';
import { addedUp } from './added-up.ts';
import type { Code } from './codes.ts';
import type { Definition, MetricSeries, Series } from './metric-series.ts';

interface Share {
  readonly owner: string;
  readonly signature: string;
  readonly series: MetricSeries;
}

/** A metric of one handler, shown on a page. */
export interface MetricLease {
  release(): void;
}

/**
 * What one scrape shows: the metrics of all handlers that share the endpoint.
 *
 * What several handlers define in the same way is shown as one metric, added up. While a handler is being replaced, its
 * old and its new definition of a metric live side by side, and the newest is shown.
 */
export class Page {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #sharesByName = new Map<string, Share[]>();

  /** Shows the series of a handler; `path` is where its configuration names the metric. */
  lease(owner: string, series: MetricSeries, path: readonly (string | number)[]): MetricLease {
    const { name } = series.definition;
    const signature = JSON.stringify(series.definition);
    const shares = this.#sharesByName.get(name) ?? [];
    const other = shares.find(share => share.owner !== owner && share.signature !== signature);
    if (other !== undefined) {
      const code: Code = 'PROMETHEUS_METRIC_CONFLICT';
      throw new KraterError(code, `metric "${name}" is defined in another way by handler "${other.owner}"`, {
        hint: 'give one of them another name, namespace or endpoint; to move it between handlers, remove it first',
        path,
      });
    }
    const share = { owner, signature, series };
    this.#sharesByName.set(name, [...shares, share]);
    return { release: () => this.#release(name, share) };
  }

  /** The page in Prometheus' text format. */
  text(): Promise<string> {
    const registry = new Registry();
    for (const shares of this.#sharesByName.values()) {
      const newest = shares.at(-1);
      if (newest === undefined) continue;
      const alike = shares.filter(({ signature }) => signature === newest.signature);
      registry.registerMetric(exposed(newest.series.definition, addedUp(alike.map(({ series }) => series))));
    }
    return registry.metrics();
  }

  #release(name: string, share: Share): void {
    const left = this.#sharesByName.get(name)?.filter(other => other !== share) ?? [];
    if (left.length > 0) this.#sharesByName.set(name, left);
    else this.#sharesByName.delete(name);
  }
}

/** The form in which prom-client reads a metric when it writes the page. */
function exposed({ name, help, kind, bounds }: Definition, all: Iterable<Series>): Metric {
  const values = function* () {
    for (const one of all) {
      if (kind === 'histogram') yield* histogramValues(name, bounds, one);
      else yield { value: one.value, labels: {}, sharedLabels: one.labels };
    }
  };
  const get = async () => ({ name, help, type: kind, values: [...values()], aggregator: 'sum' });
  return { name, help, type: kind, get } as unknown as Metric;
}

function* histogramValues(name: string, bounds: readonly number[], { labels, value, counts }: Series) {
  let count = 0;
  for (const [index, told] of counts.entries()) {
    count += told;
    const le = bounds[index] ?? '+Inf';
    yield { metricName: `${name}_bucket`, value: count, labels: { le }, sharedLabels: labels };
  }
  yield { metricName: `${name}_sum`, value, labels: {}, sharedLabels: labels };
  yield { metricName: `${name}_count`, value: count, labels: {}, sharedLabels: labels };
}
