import { type ConfigProblem, duration, isHeaderValue, secret, z } from '@krater/mixer';

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header');

export const config = z.strictObject({
  protocol: z.enum(['otlp', 'zipkin']).default('otlp').describe('OTLP over HTTP as JSON, or Zipkin v2 JSON'),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe(
      'http://127.0.0.1:4318/v1/traces for otlp, http://127.0.0.1:9411/api/v2/spans for zipkin if left out',
    ),
  headers: z.record(headerName, z.string()).default({}).describe('sent with every batch'),
  secretHeaders: z.record(headerName, secret()).default({}).describe('the same, kept secret'),
  timeout: duration('5s').describe('a batch that is not taken by then, tries included, is lost'),
  batch: z
    .strictObject({
      size: z.int().min(1).max(10_000).default(512).describe('spans sent together at most'),
      delay: duration('1s').describe('the longest that a span waits for others'),
      queue: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(8_192)
        .describe('spans that may wait; further ones are lost'),
    })
    .prefault({}),
});

export type Config = z.output<typeof config>;

export function checkConfig({ headers, timeout, batch }: Config, problem: ConfigProblem): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderValue(value))
      problem(
        ['headers', name],
        `the value of header "${name}" is not made of visible characters, spaces and tabs`,
      );
  }
  if (timeout < 1) problem(['timeout'], 'timeout is less than "1ms"');
  if (batch.delay < 1) problem(['batch', 'delay'], 'delay is less than "1ms"');
  if (batch.size > batch.queue) {
    problem(
      ['batch', 'size'],
      `size is ${batch.size}, more than the queue holds (${batch.queue})`,
      'make the queue larger',
    );
  }
}

export function endpointOf({ protocol, endpoint }: Config): string {
  return (
    endpoint ??
    { otlp: 'http://127.0.0.1:4318/v1/traces', zipkin: 'http://127.0.0.1:9411/api/v2/spans' }[protocol]
  );
}
