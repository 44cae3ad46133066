import { fields, int64, list, type Shape } from '../shape.ts';
import { instanceName } from './instance-name.ts';

const override = fields(
  { dimensions: ['dimensions'], maxAmount: ['limit', int64], validDuration: ['window'] },
  {},
  ['dimensions', 'maxAmount'],
);

const quota = fields(
  {
    name: ['name', instanceName],
    maxAmount: ['limit', int64],
    validDuration: ['window'],
    overrides: ['overrides', list(override)],
  },
  {},
  ['name', 'maxAmount'],
);

/** Rolling windows, as there; without a duration what is granted stays so until it is given back. */
export const memquota: Shape = fields({
  quotas: ['quotas', list(quota)],
  minDeduplicationDuration: ['dedupTime'],
});
