import { z } from 'zod';

const bytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const pattern = /^([0-9]{1,9})(B|KiB|MiB|GiB)$/;

/** A size in a configuration: `"64KiB"`, `"8MiB"` in YAML, bytes after decoding. */
export function size(defaultText: string) {
  const text = z
    .string()
    .regex(pattern, 'allowed: a size such as "64KiB" or "8MiB"')
    .describe('a size: a whole number of B, KiB, MiB or GiB');
  return z
    .codec(text, z.number(), {
      decode(written) {
        const [, amount, unit] = pattern.exec(written) ?? [];
        return Number(amount) * bytes[unit as keyof typeof bytes];
      },
      encode(size) {
        const unit =
          (['GiB', 'MiB', 'KiB'] as const).find(unit => size > 0 && size % bytes[unit] === 0) ?? 'B';
        return `${size / bytes[unit]}${unit}`;
      },
    })
    .prefault(defaultText);
}
