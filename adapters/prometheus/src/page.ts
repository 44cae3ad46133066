import { KraterError } from '@krater/mixer';
import { type Metric, Registry } from 'prom-client';
import type { Code } from './codes.ts';
import { type Definition, MetricSeries, type Series } from './metric-series.ts';

interface Share {
  readonly owner: string;
  readonly signature: string;
  readonly series: MetricSeries;
  holders: number;
}

/** A metric on a page, held by one handler. */
export interface MetricLease {
  readonly series: MetricSeries;
  release(): void;
}

/**
 * What one scrape shows: the metrics of all handlers that share the endpoint.
 *
 * Handlers that define a metric in the same way share its series. While a handler is being replaced, its old and its
 * new definition of a metric live side by side, and the newest is shown.
 */
export class Page {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #sharesByName = new Map<string, Share[]>();

  lease(owner: string, definition: Definition): MetricLease {
    const signature = JSON.stringify(definition);
    const shares = this.#sharesByName.get(definition.name) ?? [];
    const other = shares.find(share => share.owner !== owner && share.signature !== signature);
    if (other !== undefined) {
      const code: Code = 'PROMETHEUS_METRIC_CONFLICT';
      throw new KraterError(
        code,
        `metric "${definition.name}" is defined in another way by handler "${other.owner}"`,
        {
          hint: 'give one of them another name, namespace or endpoint; to move it between handlers, remove it first',
        },
      );
    }
    let share = shares.find(share => share.owner === owner && share.signature === signature);
    if (share === undefined) {
      const same = shares.find(share => share.signature === signature);
      share = { owner, signature, series: same?.series ?? new MetricSeries(definition), holders: 0 };
      shares.push(share);
      this.#sharesByName.set(definition.name, shares);
    }
    share.holders++;
    return { series: share.series, release: () => this.#release(definition.name, share) };
  }

  /** The page in Prometheus' text format. */
  text(): Promise<string> {
    const registry = new Registry();
    for (const shares of this.#sharesByName.values()) {
      const newest = shares.at(-1);
      if (newest !== undefined) registry.registerMetric(exposed(newest.series));
    }
    return registry.metrics();
  }

  #release(name: string, share: Share): void {
    if (--share.holders > 0) return;
    const left = this.#sharesByName.get(name)?.filter(other => other !== share) ?? [];
    if (left.length > 0) this.#sharesByName.set(name, left);
    else this.#sharesByName.delete(name);
  }
}

/** The form in which prom-client reads a metric when it writes the page. */
function exposed(series: MetricSeries): Metric {
  const { name, help, kind, bounds } = series.definition;
  const values = function* () {
    for (const one of series.all()) {
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
