import { bool, fields, isMap, noEffect, oneOf, record, type Shape } from '../shape.ts';

const level = oneOf({ INFO: 'info', WARNING: 'warn', ERROR: 'error' });

/** There a number whose key names the unit; here a text with it. */
const inUnits =
  (unit: string): Shape =>
  value =>
    typeof value === 'number' || typeof value === 'string' ? `${value}${unit}` : value;

const translated = fields(
  {
    logStream: [
      'sink.kind',
      oneOf({ STDOUT: 'stdout', STDERR: 'stderr', FILE: 'file', ROTATED_FILE: 'rotated' }),
    ],
    outputPath: ['sink.path'],
    maxMegabytesBeforeRotation: ['sink.rotate.size', inUnits('MiB')],
    maxDaysBeforeRotation: ['sink.rotate.age', inUnits('d')],
    maxRotatedFiles: ['sink.rotate.keep'],
    severityLevels: ['severities', record(level)],
    outputLevel: ['level', level],
    outputAsJson: ['format', bool('json', 'text')],
    metricLevel: noEffect('metrics are not logged here'),
  },
  { format: 'json' },
);

export const stdio: Shape = (value, from, to, translation) => {
  const native = translated(value, from, to, translation);
  return isMap(native) && isMap(native['sink']) ? { ...native, sink: sink(native['sink']) } : native;
};

/** Keys that its stream has no use for stay, so that they are found to be unknown. */
function sink({ kind = 'stdout', ...rest }: { readonly [key: string]: unknown }): object {
  if (kind === 'file') return { kind, ...rest };
  if (kind !== 'rotated') return { kind: 'console', stream: kind, ...rest };
  const rotate = isMap(rest['rotate']) ? rest['rotate'] : {};
  return { kind: 'file', ...rest, rotate: { size: '100MiB', age: '30d', keep: 1000, ...rotate } };
}
