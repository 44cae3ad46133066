import { type ConfigProblem, duration, z } from '@krater/mixer';
import { boundsOf, buckets } from '@krater/mixer/telemetry';

const metricName = z
  .string()
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'must be a metric name: letters, digits, _ and :');
const labelName = z
  .string()
  .regex(
    /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
    'must be a label name: letters, digits and _, not starting with __',
  );

const metric = {
  instance: z.string().min(1).describe('the metric instance that feeds it'),
  name: metricName,
  namespace: z
    .string()
    .regex(/^([a-zA-Z_][a-zA-Z0-9_]*)?$/, 'must be letters, digits and _')
    .default('krater')
    .describe('goes in front of the name, with an underscore; may be empty'),
  help: z.string().default('').describe('the HELP line'),
  labels: z.array(labelName).max(64).default([]).describe('dimensions of the instance that become labels'),
  maxSeries: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe('how many series it may have; further ones are folded into one whose labels are `_overflow`'),
};

export const metrics = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('counter').describe('adds up values'), ...metric }),
  z.strictObject({ kind: z.literal('gauge').describe('shows the last value'), ...metric }),
  z.strictObject({
    kind: z.literal('histogram').describe('counts values by size'),
    ...metric,
    buckets: buckets.default({ explicit: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] }),
  }),
]);

export const config = z.strictObject({
  metrics: z.array(metrics).default([]),
  expiry: duration('1h').describe('series that nothing was told about for so long are removed'),
  endpoint: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
      port: z.int().min(0).max(65_535).default(42_422).describe('0 takes any free port'),
      path: z
        .string()
        .regex(/^\/[^?#\s]*$/, 'must be a path, starting with /')
        .default('/metrics'),
    })
    .prefault({})
    .describe('where Prometheus scrapes; handlers with the same endpoint share it'),
});

export type Config = z.output<typeof config>;
export type MetricConfig = z.output<typeof metrics>;

export function fullName({ namespace, name }: Pick<MetricConfig, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}_${name}`;
}

/** What the shape alone cannot say: buckets that rise, labels that are told apart, names used once. */
export function checkConfig({ metrics, expiry }: Config, problem: ConfigProblem): void {
  if (expiry < 1_000) problem(['expiry'], `expiry is ${expiry} ms; the least is "1s"`);
  const indexByName = new Map<string, number>();
  for (const [index, metric] of metrics.entries()) {
    const at = (...path: (string | number)[]) => ['metrics', index, ...path];
    for (const name of exposedNames(metric)) {
      const other = indexByName.get(name);
      if (other === undefined) indexByName.set(name, index);
      else
        problem(
          at('name'),
          `metric "${name}" is defined already by metrics[${other}]`,
          'choose another name or namespace',
        );
    }
    for (const [position, label] of metric.labels.entries()) {
      if (metric.labels.indexOf(label) !== position)
        problem(at('labels', position), `label "${label}" is listed twice`);
      else if (label === 'le' && metric.kind === 'histogram') {
        problem(
          at('labels', position),
          'label "le" is what Prometheus calls the bounds of a histogram',
          'choose another name',
        );
      }
    }
    if (metric.kind === 'histogram') {
      boundsOf(metric.buckets, (path, message, hint) => problem(at('buckets', ...path), message, hint));
    }
  }
}

/** Every name that a metric takes on the page. */
function exposedNames(metric: MetricConfig): string[] {
  const name = fullName(metric);
  return metric.kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
