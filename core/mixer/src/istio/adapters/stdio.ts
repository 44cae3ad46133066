import {
  bool,
  type Field,
  type FieldTable,
  fields,
  inUnits,
  noEffect,
  oneOf,
  record,
  type Shape,
  written,
} from '../shape.ts';

const level = oneOf({ INFO: 'info', WARNING: 'warn', ERROR: 'error' });

const streams = { STDOUT: 'console', STDERR: 'console', FILE: 'file', ROTATED_FILE: 'file' };

const common: FieldTable = {
  logStream: ['sink.kind', oneOf(streams)],
  severityLevels: ['severities', record(level)],
  outputLevel: ['level', level],
  outputAsJson: ['format', bool('json', 'text')],
  metricLevel: noEffect('metrics are not logged here'),
};

const path: Field = ['sink.path'];
const pathless = noEffect('only a logStream of FILE or ROTATED_FILE has a path');
const unrotated = noEffect('only a logStream of ROTATED_FILE rotates');
const rotation: FieldTable = {
  maxMegabytesBeforeRotation: ['sink.rotate.size', inUnits('MiB')],
  maxDaysBeforeRotation: ['sink.rotate.age', inUnits('d')],
  maxRotatedFiles: ['sink.rotate.keep'],
};
const noRotation = Object.fromEntries(Object.keys(rotation).map(key => [key, unrotated]));
const format = { format: 'json' };

const shapes: { readonly [stream: string]: Shape } = {
  STDOUT: fields({ ...common, ...noRotation, outputPath: pathless }, format),
  STDERR: fields(
    { ...common, ...noRotation, outputPath: pathless },
    { ...format, sink: { stream: 'stderr' } },
  ),
  FILE: fields({ ...common, ...noRotation, outputPath: path }, format, ['outputPath']),
  ROTATED_FILE: fields(
    { ...common, ...rotation, outputPath: path },
    { ...format, sink: { rotate: { size: '100MiB', age: '30d', keep: 1000 } } },
    ['outputPath'],
  ),
};

/** What it takes depends on where it writes. */
export const stdio: Shape = (value, from, to, translation) => {
  const stream = written(value, 'logStream');
  const name = typeof stream === 'number' ? Object.keys(streams)[stream] : stream;
  const known = typeof name === 'string' && Object.hasOwn(shapes, name) ? shapes[name] : shapes['STDOUT'];
  return known?.(value, from, to, translation);
};
