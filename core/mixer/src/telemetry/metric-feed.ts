import { KraterError } from '@krater/documents';
import type { BaseEnv, InstanceShape } from '../env.ts';
import type { ValueType } from '../value.ts';

/** A metric as a handler's configuration defines it: `metrics[N]`, for the N at which it stands in a list of these. */
export interface MetricSource {
  /** For messages. */
  readonly name: string;
  /** The name of the instance that feeds it. */
  readonly instance: string;
  /** Dimensions that tell its series apart, and where in the metric each is written. */
  readonly labels: readonly { readonly name: string; readonly at: readonly (string | number)[] }[];
}

/** The adapter's error codes for what rules and metrics may have against one another. */
export interface FeedCodes {
  readonly badValue: string;
  readonly badLabel: string;
  readonly noMetric: string;
}

/** What a value is divided by, so that seconds are shown where the instance has microseconds. */
const divisors: { readonly [T in ValueType]?: number } = {
  INT64: 1,
  DOUBLE: 1,
  DURATION: 1e6,
  TIMESTAMP: 1e6,
};
const labelTypes: readonly ValueType[] = [
  'STRING',
  'INT64',
  'DOUBLE',
  'BOOL',
  'IP_ADDRESS',
  'EMAIL_ADDRESS',
  'URI',
  'DNS_NAME',
];

/**
 * Which metrics each instance feeds, by its name. `make` makes a feed from a metric's index, what values are divided by
 * to be in seconds where they are times, and their type.
 *
 * Throws a KraterError with its place where an instance has no metric, a value that cannot be counted, or lacks a
 * dimension that the metric wants as a label. A metric that no rule feeds (any more) is only logged.
 *
 * @example
 * const feeds = metricFeeds(sources, index => series[index], codes, env);
 * for (const feed of feeds.get(instance.name) ?? []) feed.record(instance);
 */
export function metricFeeds<F>(
  metrics: readonly MetricSource[],
  make: (index: number, divisor: number, type: ValueType) => F,
  codes: FeedCodes,
  env: Pick<BaseEnv, 'instances' | 'log'>,
): ReadonlyMap<string, readonly F[]> {
  const feedsByInstance = new Map<string, F[]>();
  for (const shape of env.instances) {
    const feeds = metrics.flatMap((metric, index) => {
      if (metric.instance !== shape.name) return [];
      return [make(index, divisorOf(metric, index, shape, codes), shape.types['value'] as ValueType)];
    });
    if (feeds.length === 0) throw unknownInstance(shape.name, metrics, codes);
    feedsByInstance.set(shape.name, feeds);
  }
  for (const { name, instance } of metrics)
    if (!feedsByInstance.has(instance)) env.log.warn('no rule feeds this metric', { metric: name, instance });
  return feedsByInstance;
}

function unknownInstance(name: string, metrics: readonly MetricSource[], { noMetric }: FeedCodes) {
  const known = [...new Set(metrics.map(({ instance }) => `"${instance}"`))].join(', ') || 'none';
  const message = `no metric is defined for instance "${name}"; metrics are defined for ${known}`;
  const hint = `add to metrics: { instance: ${name}, name: …, kind: counter }`;
  return new KraterError(noMetric, message, { hint, path: ['metrics'] });
}

function divisorOf(
  metric: MetricSource,
  index: number,
  { name, types }: InstanceShape,
  codes: FeedCodes,
): number {
  const fail = (code: string, message: string, hint: string, at: readonly (string | number)[]): never => {
    throw new KraterError(code, `metric "${metric.name}": ${message}`, {
      hint,
      path: ['metrics', index, ...at],
    });
  };
  const type = types['value'] as ValueType;
  const divisor = divisors[type];
  if (divisor === undefined) {
    fail(
      codes.badValue,
      `the value of instance "${name}" is a ${type}; allowed are ${Object.keys(divisors).join(', ')}`,
      'count requests with: value: "1"',
      ['instance'],
    );
  }
  const dimensions = (types['dimensions'] ?? {}) as { readonly [key: string]: ValueType };
  for (const label of metric.labels) {
    const found = dimensions[label.name];
    if (found === undefined) {
      const known = Object.keys(dimensions).map(key => `"${key}"`);
      fail(
        codes.badLabel,
        `label "${label.name}" is no dimension of instance "${name}", which has ${known.join(', ') || 'none'}`,
        `add to the instance: dimensions: { ${label.name}: … }`,
        label.at,
      );
    } else if (!labelTypes.includes(found)) {
      fail(
        codes.badLabel,
        `label "${label.name}" of instance "${name}" is a ${found}; allowed are ${labelTypes.join(', ')}`,
        'remove the label, or make the dimension a text',
        label.at,
      );
    }
  }
  return divisor as number;
}
