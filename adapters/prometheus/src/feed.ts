import { type InstanceShape, KraterError, type ValueType } from '@krater/mixer';
import type { Code } from './codes.ts';
import { fullName, type MetricConfig } from './config.ts';

/** What a value is divided by, so that the page shows seconds where the instance has microseconds. */
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
 * Checks a metric, `metrics[index]` of the handler, against the instance that feeds it, and says what its values are
 * divided by. Durations and timestamps are shown in seconds, as Prometheus wants them.
 */
export function divisorOf(metric: MetricConfig, index: number, { name, types }: InstanceShape): number {
  const fail = (code: Code, message: string, hint: string, ...at: (string | number)[]): never => {
    const path = ['metrics', index, ...at];
    throw new KraterError(code, `metric "${fullName(metric)}": ${message}`, { hint, path });
  };
  const type = types['value'] as ValueType;
  const divisor = divisors[type];
  if (divisor === undefined) {
    fail(
      'PROMETHEUS_BAD_VALUE',
      `the value of instance "${name}" is a ${type}; allowed are ${Object.keys(divisors).join(', ')}`,
      'count requests with: value: "1"',
      'instance',
    );
  }
  const dimensions = (types['dimensions'] ?? {}) as { readonly [key: string]: ValueType };
  for (const [position, label] of metric.labels.entries()) {
    const found = dimensions[label];
    if (found === undefined) {
      const known = Object.keys(dimensions).map(key => `"${key}"`);
      fail(
        'PROMETHEUS_BAD_LABEL',
        `label "${label}" is no dimension of instance "${name}", which has ${known.join(', ') || 'none'}`,
        `add to the instance: dimensions: { ${label}: … }`,
        'labels',
        position,
      );
    } else if (!labelTypes.includes(found)) {
      fail(
        'PROMETHEUS_BAD_LABEL',
        `label "${label}" of instance "${name}" is a ${found}; allowed are ${labelTypes.join(', ')}`,
        'remove the label, or make the dimension a text',
        'labels',
        position,
      );
    }
  }
  return divisor as number;
}
