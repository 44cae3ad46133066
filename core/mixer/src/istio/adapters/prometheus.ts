import { fields, int64, isMap, list, noEffect, oneOf, type Shape } from '../shape.ts';
import { instanceName } from './instance-name.ts';

/** There the finite buckets were counted; here the bounds are, and there is one more of those. */
const count: Shape = (value, from, to, translation) => {
  const buckets = int64(value, from, to, translation);
  return typeof buckets === 'number' ? buckets + 1 : buckets;
};

const bounds = fields({ bounds: ['bounds'] });
const explicit: Shape = (value, from, to, translation) => {
  const native = bounds(value, from, to, translation);
  translation.paths.record(to, [...from, 'bounds']);
  return isMap(native) ? native['bounds'] : native;
};

const buckets = fields({
  linearBuckets: [
    'linear',
    fields({ numFiniteBuckets: ['count', count], width: ['width'], offset: ['start'] }, { start: 0 }),
  ],
  exponentialBuckets: [
    'exponential',
    fields({ numFiniteBuckets: ['count', count], growthFactor: ['factor'], scale: ['start'] }),
  ],
  explicitBuckets: ['explicit', explicit],
});

const metric = fields(
  {
    instanceName: ['instance', instanceName],
    name: ['name'],
    namespace: ['namespace'],
    description: ['help'],
    kind: ['kind', oneOf({ GAUGE: 'gauge', COUNTER: 'counter', DISTRIBUTION: 'histogram' }, 1)],
    buckets: ['buckets', buckets],
    labelNames: ['labels'],
  },
  { namespace: 'istio' },
);

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
