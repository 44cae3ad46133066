import type { BaseEnv } from '../env.ts';

/** Is told what could not be recorded as it came. */
export interface MetricLosses {
  /** The series budget is spent: the value went into the overflow series. */
  folded(metric: string, table: { readonly budget: number; widestLabel(): string | undefined }): void;
  /** The value is no finite number, or would make a counter fall. */
  refused(): void;
}

/** Counts under PREFIX_folded_total and PREFIX_refused_total; the first fold of each metric is warned of, once. */
export function countMetricLosses(prefix: string, env: Pick<BaseEnv, 'metrics' | 'log'>): MetricLosses {
  const folded = env.metrics.counter(
    `${prefix}_folded_total`,
    'values that went into an overflow series: the series budget was spent',
  );
  const refused = env.metrics.counter(
    `${prefix}_refused_total`,
    'values that are no finite number, or would make a counter fall',
  );
  const warned = new Set<string>();
  return {
    folded(metric, table) {
      folded.add();
      if (warned.has(metric)) return;
      warned.add(metric);
      env.log.warn('the series budget of a metric is spent', {
        metric,
        maxSeries: table.budget,
        widestLabel: table.widestLabel(),
      });
    },
    refused: () => refused.add(),
  };
}
