import type { AdapterMetrics } from '../env.ts';

/** One number that an adapter told about itself. */
export interface AdapterSeries {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly handler: string;
  value: number;
}

/** The metrics that handlers keep through `env.metrics`; a counter goes on where the handler of that name left off. */
export class AdapterGauges {
  readonly #series = new Map<string, AdapterSeries>();
  readonly #owners = new Map<string, Set<AdapterMetrics>>();

  /** Metrics for one owner; several live environments of one name share their series. */
  owner(handler: string): AdapterMetrics {
    const series = (kind: AdapterSeries['kind'], given: unknown, help: unknown): AdapterSeries => {
      const name = metricName(given);
      const key = `${handler}\n${kind}\n${name}`;
      const known = this.#series.get(key) ?? { name, help: String(help ?? name), kind, handler, value: 0 };
      // Whoever comes after the end counts for itself.
      if (this.#owners.get(handler)?.has(metrics) === true) this.#series.set(key, known);
      return known;
    };
    const metrics: AdapterMetrics = {
      counter(name, help) {
        const counter = series('counter', name, help);
        return {
          add: (amount = 1) => {
            if (Number.isFinite(amount) && amount > 0) counter.value += amount;
          },
        };
      },
      gauge(name, help) {
        const gauge = series('gauge', name, help);
        return {
          set: value => {
            if (typeof value === 'number') gauge.value = value;
          },
        };
      },
    };
    this.#owners.set(handler, (this.#owners.get(handler) ?? new Set()).add(metrics));
    return metrics;
  }

  /** Forgets an owner's series once none of its environments is left. */
  drop(handler: string, metrics: AdapterMetrics): void {
    const living = this.#owners.get(handler);
    living?.delete(metrics);
    if (living === undefined || living.size > 0) return;
    this.#owners.delete(handler);
    for (const [key, series] of this.#series) if (series.handler === handler) this.#series.delete(key);
  }

  all(): Iterable<AdapterSeries> {
    return this.#series.values();
  }
}

/** One adapter's odd name must not spoil everybody's metrics. */
function metricName(given: unknown): string {
  return String(given)
    .replace(/[^a-zA-Z0-9_]/g, '_')
    .slice(0, 100);
}
