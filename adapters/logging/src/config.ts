import { type ConfigProblem, duration, secret, z } from '@krater/mixer';
import { levels, size } from '@krater/mixer/telemetry';

const rotate = z.strictObject({
  size: size('100MiB').describe('start a new file before this one grows beyond'),
  age: duration().optional().describe('start a new file when this one is so old'),
  keep: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('how many rotated files are kept: PATH.1 is the youngest'),
});

const sink = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('console').describe('standard output or error'),
    stream: z.enum(['stdout', 'stderr']).default('stdout'),
  }),
  z.strictObject({
    kind: z.literal('file').describe('a file, appended to'),
    path: z.string().min(1),
    rotate: rotate.optional(),
  }),
  z.strictObject({
    kind: z.literal('transport').describe('any winston transport'),
    module: z.string().min(1).describe('the npm package or file that exports it'),
    export: z.string().min(1).default('default').describe('the exported class, such as transports.Http'),
    options: z.record(z.string(), z.unknown()).default({}).describe('what its constructor is given'),
    secrets: z.record(z.string(), secret()).default({}).describe('further options, kept secret'),
  }),
]);

export const config = z.strictObject({
  sink: sink.prefault({ kind: 'console' }),
  format: z
    .enum(['json', 'text'])
    .default('json')
    .describe('one JSON object a line, or words and key=value pairs'),
  level: z.enum(levels).default('debug').describe('entries of lesser severity are left out'),
  severities: z
    .record(z.string(), z.enum(levels))
    .default({})
    .describe('which severity texts mean which level'),
  fields: z
    .record(z.string(), z.array(z.string().min(1)))
    .default({})
    .describe('by instance: which variables, in which order; all of them for instances not named here'),
  durations: z.enum(['text', 'milliseconds', 'seconds']).default('text').describe('"12.3ms", or a number'),
  mask: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'variables and map keys whose values are written as ***, besides authorization, cookie and their like',
    ),
  queue: z
    .strictObject({
      size: size('8MiB').describe('what may wait to be written'),
      drop: z
        .enum(['oldest', 'newest'])
        .default('oldest')
        .describe('what is dropped, and counted, when the queue is full'),
    })
    .prefault({}),
  flush: duration('100ms').describe('the longest that an entry waits for others to be written with'),
});

export type Config = z.output<typeof config>;
export type SinkConfig = Config['sink'];

export function checkConfig({ queue, sink, flush }: Config, problem: ConfigProblem): void {
  if (queue.size < 64 * 1024)
    problem(['queue', 'size'], `queue.size is ${queue.size} bytes; the least is "64KiB"`);
  if (flush < 1) problem(['flush'], 'flush is less than "1ms"');
  if (sink.kind !== 'file' || sink.rotate === undefined) return;
  if (sink.rotate.size < 64 * 1024) {
    problem(['sink', 'rotate', 'size'], `size is ${sink.rotate.size} bytes; the least is "64KiB"`);
  }
  if (sink.rotate.age !== undefined && sink.rotate.age < 1_000)
    problem(['sink', 'rotate', 'age'], 'age is less than "1s"');
}
