import { type ConfigProblem, duration, isHeaderValue, secret, z } from '@krater/mixer';
import { boundsOf, buckets, checkClientTls, clientTls, levels, size } from '@krater/mixer/telemetry';

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header');

const metric = {
  instance: z.string().min(1).describe('the metric instance that feeds it'),
  name: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/,
      'must be an instrument name: a letter, then letters, digits and _./-',
    ),
  description: z.string().default(''),
  unit: z.string().max(63).default('').describe('such as s, By or {request}'),
  labels: z
    .array(z.string().min(1).max(128))
    .max(64)
    .default([])
    .describe('dimensions of the instance that become attributes'),
  maxSeries: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe('how many series it may have; further ones are folded into one whose labels are `_overflow`'),
};

const metrics = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('counter').describe('adds up values: a monotonic sum'), ...metric }),
  z.strictObject({ kind: z.literal('gauge').describe('shows the last value'), ...metric }),
  z.strictObject({
    kind: z.literal('histogram').describe('counts values by size'),
    ...metric,
    buckets: buckets.default({ explicit: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] }),
  }),
]);

export const config = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .default('http://127.0.0.1:4318')
    .describe('the base address; /v1/metrics and /v1/logs are added'),
  protocol: z.enum(['protobuf', 'json']).default('protobuf').describe('how requests are written'),
  compression: z.enum(['none', 'gzip']).default('none'),
  headers: z.record(headerName, z.string()).default({}).describe('sent with every request'),
  secretHeaders: z.record(headerName, secret()).default({}).describe('the same, kept secret'),
  tls: clientTls.optional().describe('for https: whom to believe, and what to show'),
  resource: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('attributes of everything that is sent; service.name is "krater" unless given'),
  metrics: z.array(metrics).default([]),
  temporality: z
    .enum(['cumulative', 'delta'])
    .default('cumulative')
    .describe('send totals since the start, or what has come since the last time'),
  interval: duration('15s').describe('how often metrics are sent'),
  expiry: duration('1h').describe('series that nothing was told about for so long are removed'),
  severities: z
    .record(z.string(), z.enum(levels))
    .default({})
    .describe('which severity texts mean which level'),
  mask: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'variables and map keys whose values are written as ***, besides authorization, cookie and their like',
    ),
  timeout: duration('10s').describe('a request that is not taken by then, tries included, is lost'),
  batch: z
    .strictObject({
      points: z.int().min(1).max(100_000).default(2_000).describe('data points in one request at most'),
      pointQueue: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(50_000)
        .describe('data points that may wait; further ones are lost'),
      logs: size('512KiB').describe('log entries in one request at most, about'),
      logQueue: size('8MiB').describe('log entries that may wait, about; further ones are lost'),
      delay: duration('1s').describe('the longest that a log entry waits for others'),
    })
    .prefault({}),
});

export type Config = z.output<typeof config>;
export type MetricConfig = Config['metrics'][number];

/** What the shape alone cannot say: buckets that rise, names used once, limits that hang together. */
export function checkConfig(config: Config, problem: ConfigProblem): void {
  const { headers, endpoint, tls, metrics, batch } = config;
  for (const [name, value] of Object.entries(headers)) {
    if (isHeaderValue(value)) continue;
    const message = `the value of header "${name}" is not made of visible characters, spaces and tabs`;
    problem(['headers', name], message);
  }
  if (/[?#]/.test(endpoint))
    problem(['endpoint'], 'endpoint has a query or fragment, which a base address has not');
  if (tls !== undefined && !endpoint.startsWith('https:'))
    problem(['tls'], 'tls is set for an endpoint that is no https address', 'write endpoint: https://…');
  if (tls !== undefined) checkClientTls(tls, ['tls'], problem);
  for (const field of ['interval', 'expiry'] as const)
    if (config[field] < 1_000) problem([field], `${field} is ${config[field]} ms; the least is "1s"`);
  if (config.timeout < 1) problem(['timeout'], 'timeout is less than "1ms"');
  if (batch.delay < 1) problem(['batch', 'delay'], 'delay is less than "1ms"');
  if (batch.points > batch.pointQueue)
    problem(['batch', 'points'], `points is ${batch.points}, more than may wait (${batch.pointQueue})`);
  if (batch.logs > batch.logQueue)
    problem(['batch', 'logs'], `logs is ${batch.logs} bytes, more than may wait (${batch.logQueue})`);
  const indexByName = new Map<string, number>();
  for (const [index, metric] of metrics.entries()) {
    const at = (...path: (string | number)[]) => ['metrics', index, ...path];
    // Names of instruments differ by more than case.
    const other = indexByName.get(metric.name.toLowerCase());
    if (other === undefined) indexByName.set(metric.name.toLowerCase(), index);
    else problem(at('name'), `metric "${metric.name}" is defined already by metrics[${other}]`, 'rename one');
    for (const [position, label] of metric.labels.entries())
      if (metric.labels.indexOf(label) !== position)
        problem(at('labels', position), `label "${label}" is listed twice`);
    if (metric.kind === 'histogram')
      boundsOf(metric.buckets, (path, message, hint) => problem(at('buckets', ...path), message, hint));
  }
}
