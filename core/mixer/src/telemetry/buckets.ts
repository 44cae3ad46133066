import { z } from 'zod';
import type { ConfigProblem } from '../adapter.ts';

const count = z.int().min(1).max(200);

/** How a histogram's buckets are written: exactly one of three forms. */
export const buckets = z
  .strictObject({
    linear: z
      .strictObject({ start: z.number(), width: z.number().positive(), count })
      .optional()
      .describe('`count` bounds, from `start` on, `width` apart'),
    exponential: z
      .strictObject({ start: z.number().positive(), factor: z.number().gt(1), count })
      .optional()
      .describe('`count` bounds, from `start` on, each `factor` times the one before'),
    explicit: z.array(z.number()).min(1).max(200).optional().describe('the bounds themselves, rising'),
  })
  .describe('upper bounds of the buckets; one of linear, exponential, explicit');

export type Buckets = z.output<typeof buckets>;

/** The upper bounds, rising, without +Inf. Says through `problem` where they are not well-formed. */
export function boundsOf(buckets: Buckets, problem: ConfigProblem = () => {}): readonly number[] {
  const forms = Object.keys(buckets).filter(form => buckets[form as keyof Buckets] !== undefined);
  if (forms.length !== 1) {
    const found = forms.length === 0 ? 'none' : forms.join(' and ');
    problem([], `buckets want exactly one of linear, exponential, explicit; found ${found}`);
  }
  const { linear, exponential, explicit = [] } = buckets;
  const bounds = linear
    ? Array.from({ length: linear.count }, (_, index) => linear.start + index * linear.width)
    : exponential
      ? Array.from(
          { length: exponential.count },
          (_, index) => exponential.start * exponential.factor ** index,
        )
      : explicit;
  const form = forms[0] ?? 'explicit';
  for (const [index, bound] of bounds.entries()) {
    if (!Number.isFinite(bound)) {
      problem([form], `bound ${index + 1} is ${bound}`, 'take fewer or smaller buckets');
      break;
    }
    if (index > 0 && bound <= (bounds[index - 1] as number)) {
      problem(
        form === 'explicit' ? [form, index] : [form],
        `bound ${bound} does not rise above ${bounds[index - 1]}`,
      );
      break;
    }
  }
  return bounds;
}
