import { parseDuration } from '@krater/documents';
import { isMap } from '../../value.ts';
import { type Field, fields, int64, list, noEffect, oneOf, type Shape, shown, written } from '../shape.ts';
import { instanceName } from './instance-name.ts';

const override = fields({ dimensions: ['dimensions'], maxAmount: ['limit', int64] }, {}, [
  'dimensions',
  'maxAmount',
]);

/** There a quota had to have a window; here none would make an allocation of it, which is given back. */
const window: Shape = (value, from, _to, translation) => {
  if (typeof value === 'string' && parseDuration(value) === 0) {
    const message = `a window must be longer than nothing, found ${shown(value)}`;
    translation.problem(from, { code: 'ISTIO_BAD_VALUE', message, hint: 'write a window, such as 1s' });
  }
  return value;
};

const algorithms = { FIXED_WINDOW: 'fixed-window', ROLLING_WINDOW: 'sliding-window' };
const [, rollingWindow] = Object.keys(algorithms);

const quotaWith = (bucketDuration: Field) =>
  fields(
    {
      name: ['name', instanceName],
      maxAmount: ['limit', int64],
      validDuration: ['window', window],
      bucketDuration,
      rateLimitAlgorithm: ['algorithm', oneOf(algorithms)],
      overrides: ['overrides', list(override)],
    },
    { algorithm: 'fixed-window' },
    ['name', 'maxAmount', 'validDuration'],
  );
const rolling = quotaWith(
  noEffect('a rolling window forgets each grant when its time is over, not a bucket of them at once'),
);
const fixed = quotaWith(noEffect('only a ROLLING_WINDOW had buckets'));

const quota: Shape = (value, from, to, translation) => {
  const algorithm = written(value, 'rateLimitAlgorithm');
  const isRolling = algorithm === rollingWindow || algorithm === 1;
  const native = (isRolling ? rolling : fixed)(value, from, to, translation);
  if (!isMap(native)) return native;
  // What is said of the window is enough: nobody wrote that its algorithm has none.
  const { algorithm: _, ...unlimited } = native;
  const length = native['window'];
  const hasWindow = length !== undefined && !(typeof length === 'string' && parseDuration(length) === 0);
  return hasWindow ? native : unlimited;
};

/** Fixed windows unless it says otherwise, as there. */
export const redisquota: Shape = fields({
  redisServerUrl: ['address'],
  connectionPoolSize: noEffect('all decisions travel on one connection, without waiting for one another'),
  quotas: ['quotas', list(quota)],
});
