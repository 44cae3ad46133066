import { fields, int64, list, type Shape } from '../shape.ts';
import { instanceName } from './instance-name.ts';

/** Rolling windows, as there; without a duration what is granted stays so until it is given back. */
export const memquota: Shape = fields({
  quotas: [
    'quotas',
    list(
      fields({
        name: ['name', instanceName],
        maxAmount: ['limit', int64],
        validDuration: ['window'],
        overrides: [
          'overrides',
          list(
            fields({ dimensions: ['dimensions'], maxAmount: ['limit', int64], validDuration: ['window'] }),
          ),
        ],
      }),
    ),
  ],
  minDeduplicationDuration: ['dedupTime'],
});
