import { allow, defineAdapter, z } from '@krater/mixer';
import { listentry, logentry, lookup } from '@krater/templates';

/** An adapter that keeps what it is told, looks teams up, and fails when told so. */
export function recorder(recorded: unknown[]) {
  return defineAdapter({
    name: 'recorder',
    summary: 'keeps what it is told',
    templates: [listentry, logentry, lookup],
    config: z.strictObject({ fails: z.boolean().default(false) }),
    create: ({ fails }) => ({
      listentry() {
        if (fails) throw new Error('the backend is gone');
        return allow({ validity: { duration: 5_000 } });
      },
      logentry: instances => void recorded.push(...instances),
      lookup: ({ key }) => ({ value: { team: `team of ${key}` } }),
    }),
  });
}
