import { type Dimensions, type MetricLosses, SeriesTable, type TrackedSeries } from '@krater/mixer/telemetry';

/** What a metric is: two that are equal in all of this are the same one. */
export interface Definition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly description: string;
  readonly unit: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, rising; empty for others. */
  readonly bounds: readonly number[];
  readonly maxSeries: number;
  readonly temporality: 'cumulative' | 'delta';
}

/** One series at one moment. Times are in milliseconds. */
export interface Point {
  readonly definition: Definition;
  readonly labels: { readonly [name: string]: string };
  readonly start: number;
  readonly end: number;
  /** Of a histogram, the sum. */
  readonly value: number;
  /** Of a histogram: one count per bound and one beyond. */
  readonly counts: readonly number[];
  readonly least: number;
  readonly most: number;
}

interface Series extends TrackedSeries {
  start: number;
  value: number;
  counts: number[];
  least: number;
  most: number;
  /** Told since the last collection, and when that was. */
  told: boolean;
  collected: number;
}

/** The series of one metric, within its budget. */
export class OtlpMetric {
  readonly definition: Definition;
  readonly #table: SeriesTable<Series>;

  /** `now` tells the time in milliseconds. */
  constructor(definition: Definition, now: () => number) {
    this.definition = definition;
    this.#table = new SeriesTable(definition.labels, definition.maxSeries, labels => ({
      labels,
      active: true,
      seen: 0,
      start: now(),
      told: false,
      collected: Number.NEGATIVE_INFINITY,
      ...this.#nothing(),
    }));
  }

  record(dimensions: Dimensions, amount: number, losses: MetricLosses): void {
    const { kind, bounds, name } = this.definition;
    if (!Number.isFinite(amount) || (kind === 'counter' && amount < 0)) {
      losses.refused();
      return;
    }
    const series = this.#table.find(dimensions);
    if (series === this.#table.overflow) losses.folded(name, this.#table);
    series.active = true;
    series.told = true;
    series.value = kind === 'gauge' ? amount : series.value + amount;
    if (kind !== 'histogram') return;
    let bucket = 0;
    while (bucket < bounds.length && amount > (bounds[bucket] as number)) bucket++;
    series.counts[bucket] = (series.counts[bucket] as number) + 1;
    series.least = Math.min(series.least, amount);
    series.most = Math.max(series.most, amount);
  }

  /** What there is to send at a moment: every series, or with delta temporality what they were told since the last time. */
  *collect(now: number): Iterable<Point> {
    const { definition } = this;
    const delta = definition.temporality === 'delta';
    for (const series of this.#table.all()) {
      if (!series.told && (delta || series.collected === now)) continue;
      const { labels, start, value, counts, least, most } = series;
      yield { definition, labels, start, end: now, value, counts: [...counts], least, most };
      series.told = false;
      series.collected = now;
      if (!delta || definition.kind === 'gauge') continue;
      Object.assign(series, this.#nothing());
      series.start = now;
    }
  }

  /** Removes the series that were last told something `expiry` milliseconds ago or longer. */
  sweep(now: number, expiry: number): void {
    this.#table.sweep(now, expiry);
  }

  #nothing() {
    const { kind, bounds } = this.definition;
    const counts = kind === 'histogram' ? new Array<number>(bounds.length + 1).fill(0) : [];
    return { value: 0, counts, least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
  }
}
