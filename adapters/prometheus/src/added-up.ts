import type { MetricSeries, Series } from './metric-series.ts';

/** The series of handlers that define a metric alike, as of one: amounts are added up, of a gauge the last told is shown. */
export function addedUp(metrics: readonly MetricSeries[]): Iterable<Series> {
  const [first, ...others] = metrics as [MetricSeries, ...MetricSeries[]];
  if (others.length === 0) return first.all();
  const combine = first.definition.kind === 'gauge' ? later : sum;
  const seriesByLabels = new Map<string, Series>();
  for (const metric of metrics) {
    for (const series of metric.all()) {
      const key = JSON.stringify(Object.values(series.labels));
      const known = seriesByLabels.get(key);
      seriesByLabels.set(key, known === undefined ? series : combine(known, series));
    }
  }
  return seriesByLabels.values();
}

function later(one: Series, other: Series): Series {
  return other.told > one.told ? other : one;
}

function sum(one: Series, other: Series): Series {
  const counts = one.counts.map((count, index) => count + (other.counts[index] as number));
  return { ...one, value: one.value + other.value, counts };
}
