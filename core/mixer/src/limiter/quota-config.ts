import { duration } from '@krater/documents';
import { z } from 'zod';
import type { ConfigProblem } from '../adapter.ts';

const override = z.strictObject({
  dimensions: z
    .record(z.string(), z.string())
    .describe('applies where all of these have these values, compared as text'),
  limit: z.int().min(0),
  window: duration().optional().describe("the quota's own if left out"),
});

/**
 * One limit, as every quota adapter takes it. Decoded durations are milliseconds.
 *
 * @example z.strictObject({ quotas: z.array(quotaConfig).min(1), dedupTime: duration('1s') })
 */
export const quotaConfig = z.strictObject({
  name: z.string().min(1).describe('name of the quota instance that it limits'),
  limit: z
    .int()
    .min(0)
    .describe('how much may be granted within the window, for each combination of dimensions'),
  window: duration().optional().describe('without one, grants stay until they are given back'),
  algorithm: z
    .enum(['sliding-window', 'fixed-window', 'token-bucket'])
    .optional()
    .describe('how grants expire; sliding-window if left out'),
  burst: z
    .int()
    .min(1)
    .optional()
    .describe('token-bucket: how much may be granted at once; the limit if left out'),
  leases: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.04)
    .describe(
      'share of the limit that clients of a Mixer may hold ahead of use, and so the most by which a window can be exceeded; 0 for none: exact',
    ),
  overrides: z
    .array(override)
    .default([])
    .describe('other limits for certain dimensions; the first match wins'),
});

/** One limit, decoded. */
export type QuotaConfig = z.output<typeof quotaConfig>;
/** How grants expire. */
export type Algorithm = NonNullable<QuotaConfig['algorithm']>;

/**
 * What the shape of `quotas` alone cannot say: names that come twice, what only some algorithms have. Paths begin at
 * `quotas`.
 *
 * @example defineAdapter({ check: ({ quotas }, problem) => checkQuotas(quotas, problem), … })
 */
export function checkQuotas(quotas: readonly QuotaConfig[], problem: ConfigProblem): void {
  const names = new Set<string>();
  for (const [index, { name, window = 0, algorithm, burst, overrides }] of quotas.entries()) {
    const at = ['quotas', index];
    if (names.has(name)) problem([...at, 'name'], `quota ${JSON.stringify(name)} is configured twice`);
    names.add(name);
    if (
      algorithm !== undefined &&
      window === 0 &&
      overrides.every(override => (override.window ?? 0) === 0)
    ) {
      problem(
        [...at, 'algorithm'],
        'a quota without a window has no algorithm',
        'add a window, such as 1s, or remove the algorithm',
      );
    }
    if (burst !== undefined && algorithm !== 'token-bucket') {
      problem(
        [...at, 'burst'],
        'only a token-bucket has a burst',
        'write algorithm: token-bucket, or remove the burst',
      );
    }
    for (const [position, { dimensions }] of overrides.entries()) {
      if (Object.keys(dimensions).length > 0) continue;
      problem(
        [...at, 'overrides', position, 'dimensions'],
        'an override without dimensions would replace the quota itself',
      );
    }
  }
}
