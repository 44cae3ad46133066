import { type ConfigProblem, duration, z } from '@krater/mixer';
import { size } from '@krater/mixer/telemetry';
import { type Address, parseAddress } from './address.ts';
import { dimensionsOf } from './line.ts';

const addressText = z
  .string()
  .refine(
    text => parseAddress(text) !== undefined,
    'must be udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH',
  );

const metric = {
  instance: z.string().min(1).describe('the metric instance that feeds it'),
  name: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9_.-]|\{[^{}]{1,128}\}){1,256}$/,
      'must be letters, digits and _.-, with dimensions as {dimension}',
    )
    .describe('the name, in which {dimension} stands for the value of a dimension'),
  tags: z
    .array(z.string().min(1).max(128))
    .max(64)
    .default([])
    .describe('dimensions of the instance that become tags; dialect dogstatsd only'),
  maxSeries: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe(
      'how many series it may have; further ones are folded into one whose dimensions are `_overflow`',
    ),
};
const sampleRate = z
  .number()
  .gt(0)
  .max(1)
  .default(1)
  .describe('the share of values that is sent; the daemon is told, and counts the others in');

const metrics = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('counter').describe('adds up values'), ...metric, sampleRate }),
  z.strictObject({ kind: z.literal('gauge').describe('shows the last value'), ...metric }),
  z.strictObject({
    kind: z.literal('timing').describe('spreads durations in milliseconds'),
    ...metric,
    sampleRate,
  }),
  z.strictObject({
    kind: z.literal('histogram').describe('spreads values, per host; dialect dogstatsd only'),
    ...metric,
    sampleRate,
  }),
  z.strictObject({
    kind: z.literal('distribution').describe('spreads values, over all hosts; dialect dogstatsd only'),
    ...metric,
    sampleRate,
  }),
]);

export const config = z.strictObject({
  address: addressText
    .default('udp://127.0.0.1:8125')
    .describe('udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH (a stream socket)'),
  dialect: z
    .enum(['statsd', 'dogstatsd'])
    .default('statsd')
    .describe('the original, or with tags, histograms and distributions'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{0,128}$/, 'must be letters, digits and _.-')
    .default('krater')
    .describe('goes in front of every name, with a dot; may be empty'),
  tags: z
    .record(z.string().min(1).max(128), z.string().max(200))
    .default({})
    .describe('sent with every metric; dialect dogstatsd only'),
  metrics: z.array(metrics).default([]),
  expiry: duration('1h').describe('series that nothing was told about for so long are forgotten'),
  flush: duration('1s').describe('the longest that a metric waits for others to share a packet'),
  packet: z.int().min(64).max(65_507).default(1_432).describe('bytes sent together at most'),
  queue: size('1MiB').describe('what may wait to be sent; further metrics are lost'),
  timeout: duration('5s').describe('a packet that is not sent by then, tries included, is lost'),
});

export type Config = z.output<typeof config>;
export type MetricConfig = Config['metrics'][number];

export function addressOf({ address }: Config): Address {
  return parseAddress(address) as Address;
}

/** What the shape alone cannot say: what only one dialect has, and limits that hang together. */
export function checkConfig(config: Config, problem: ConfigProblem): void {
  const { dialect, tags, metrics, expiry, flush, packet, queue, timeout } = config;
  if (expiry < 1_000) problem(['expiry'], `expiry is ${expiry} ms; the least is "1s"`);
  if (flush < 1) problem(['flush'], 'flush is less than "1ms"');
  if (timeout < 1) problem(['timeout'], 'timeout is less than "1ms"');
  if (queue < packet)
    problem(['queue'], `queue is ${queue} bytes, less than one packet (${packet})`, 'make the queue larger');
  if (dialect === 'statsd' && Object.keys(tags).length > 0)
    problem(['tags'], 'StatsD has no tags', useDialect);
  for (const [index, metric] of metrics.entries()) {
    const at = (...path: (string | number)[]) => ['metrics', index, ...path];
    for (const [position, tag] of metric.tags.entries()) {
      if (metric.tags.indexOf(tag) !== position)
        problem(at('tags', position), `tag "${tag}" is listed twice`);
    }
    if (dialect === 'dogstatsd') continue;
    if (metric.tags.length > 0) {
      const name = `${metric.name}.${metric.tags.map(tag => `{${tag}}`).join('.')}`;
      problem(at('tags'), 'StatsD has no tags', `put them into the name: "${name}"; or ${useDialect}`);
    }
    if (metric.kind === 'histogram' || metric.kind === 'distribution')
      problem(at('kind'), `StatsD has no ${metric.kind}`, `use kind: timing; or ${useDialect}`);
  }
}

const useDialect = 'set dialect: dogstatsd, if the daemon speaks it';

/** The dimensions that tell the series of a metric apart, and where each is written. */
export function labelsOf(metric: MetricConfig): { name: string; at: (string | number)[] }[] {
  const inName = dimensionsOf(metric.name).map(name => ({ name, at: ['name'] as (string | number)[] }));
  const inTags = metric.tags.map((name, position) => ({ name, at: ['tags', position] }));
  return [...inName, ...inTags.filter(({ name }) => !inName.some(other => other.name === name))];
}
