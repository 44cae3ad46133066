import { isMap } from '../../value.ts';
import { type Field, fields, int64, list, noEffect, oneOf, type Shape, written } from '../shape.ts';
import { instanceName } from './instance-name.ts';

/** There the finite buckets were counted; here the bounds are, and there is one more of those. */
const count: Shape = (value, from, to, translation) => {
  const buckets = int64(value, from, to, translation);
  return typeof buckets === 'number' ? buckets + 1 : buckets;
};

const bounds = fields({ bounds: ['bounds'] }, {}, ['bounds']);
const explicit: Shape = (value, from, to, translation) => {
  const native = bounds(value, from, to, translation);
  translation.paths.record(to, [...from, 'bounds']);
  return isMap(native) ? native['bounds'] : native;
};

const linear = fields(
  { numFiniteBuckets: ['count', count], width: ['width'], offset: ['start'] },
  { start: 0 },
  ['numFiniteBuckets', 'width'],
);
const exponential = fields(
  { numFiniteBuckets: ['count', count], growthFactor: ['factor'], scale: ['start'] },
  {},
  ['numFiniteBuckets', 'growthFactor', 'scale'],
);

const buckets = fields({
  linearBuckets: ['linear', linear],
  exponentialBuckets: ['exponential', exponential],
  explicitBuckets: ['explicit', explicit],
});

const metricWith = (bucketsField: Field) =>
  fields(
    {
      instanceName: ['instance', instanceName],
      name: ['name'],
      namespace: ['namespace'],
      description: ['help'],
      kind: ['kind', oneOf({ GAUGE: 'gauge', COUNTER: 'counter', DISTRIBUTION: 'histogram' }, 1)],
      buckets: bucketsField,
      labelNames: ['labels'],
    },
    { namespace: 'istio' },
    ['instanceName', 'name', 'kind'],
  );
const distribution = metricWith(['buckets', buckets]);
const plain = metricWith(noEffect('only a DISTRIBUTION has buckets'));

const metric: Shape = (value, from, to, translation) => {
  const kind = written(value, 'kind');
  const hasBuckets = kind === 'DISTRIBUTION' || kind === 3;
  return (hasBuckets ? distribution : plain)(value, from, to, translation);
};

export const prometheus: Shape = fields({
  metrics: ['metrics', list(metric)],
  metricsExpirationPolicy: [
    '',
    fields({
      metricsExpiryDuration: ['expiry'],
      expiryCheckIntervalDuration: noEffect(
        'idle series are looked for at every half of metricsExpiryDuration',
      ),
    }),
  ],
});
