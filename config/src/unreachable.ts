import { parseDuration } from '@krater/documents';
import { type Unreachable, z } from '@krater/mixer';

const form = /^cached\(([^()]*)\)$/;
const allowed = 'allowed: allow, deny, or cached(AGE), such as "cached(30s)"';

/** Reads `allow`, `deny` or `cached(30s)`: what the absence of every Mixer means. Undefined where the text is none. */
export function parseUnreachable(text: string): Unreachable | undefined {
  if (text === 'allow' || text === 'deny') return text;
  const age = parseDuration(form.exec(text)?.[1] ?? '');
  return age === undefined ? undefined : { cached: age };
}

/** The same as a field of a document. */
export const unreachable = z
  .string({ error: allowed })
  .refine(text => parseUnreachable(text) !== undefined, { error: allowed })
  .transform(text => parseUnreachable(text) as Unreachable)
  .describe(
    'what happens to requests while no Mixer can be asked: allow (unless a rule denies on errors), deny, or cached(AGE): answers that are no older than AGE, though expired, then deny. Left out: as the rules say by onError',
  );
