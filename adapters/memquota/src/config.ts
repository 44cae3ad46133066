import { duration, z } from '@krater/mixer';
import { quotaConfig } from '@krater/mixer/limiter';

export const config = z.strictObject({
  quotas: z.array(quotaConfig).min(1),
  dedupTime: duration('1s').describe(
    'how long a request with the same id gets the same answer without being charged again',
  ),
  maxKeys: z
    .int()
    .min(1)
    .default(100_000)
    .describe('how many combinations of dimensions are counted at once'),
  maxGrants: z.int().min(2).default(20_000).describe('how many grants are remembered by their id'),
});
