import { isMap } from '../../value.ts';
import { fields, inUnits, noEffect, type Shape, unsupported } from '../shape.ts';

const shape = fields(
  {
    address: ['address'],
    integerDuration: unsupported(
      'durations are written as numbers of seconds',
      'remove it, and let what reads the entries take seconds',
    ),
    instanceBufferSize: noEffect('what waits is limited by its bytes: twice maxBatchSizeBytes'),
    maxBatchSizeBytes: ['buffer.chunk', inUnits('B')],
    pushIntervalDuration: ['buffer.delay'],
    pushTimeoutDuration: ['buffer.timeout'],
  },
  { tag: '{instance}', buffer: { chunk: '8MiB', size: '16MiB', delay: '1m', timeout: '1m' } },
);

/** Entries are tagged with the name of their instance. One batch may wait while another is sent. */
export const fluentd: Shape = (value, from, to, translation) => {
  const native = shape(value, from, to, translation);
  if (!isMap(native) || !isMap(native['buffer'])) return native;
  const bytes = /^(\d+)B$/.exec(String(native['buffer']['chunk']))?.[1];
  if (bytes === undefined) return native;
  const chunkPath = translation.paths.originalOf([...to, 'buffer', 'chunk']);
  translation.paths.record([...to, 'buffer', 'size'], chunkPath);
  const size = `${Math.ceil((2 * Number(bytes)) / 1024)}KiB`;
  return { ...native, buffer: { ...native['buffer'], size } };
};
