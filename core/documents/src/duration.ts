import { z } from 'zod';

const milliseconds = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
} as const;
type Unit = keyof typeof milliseconds;

const pattern = /^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d))+$/;
const part = /([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h|d)/g;
const allowed = 'allowed: a duration such as "5s", "100ms" or "1m30s"';

const text = z
  .string({ error: allowed })
  .regex(pattern, { error: allowed })
  .describe('a duration: numbers with units ms, s, m, h or d, such as "1m30s"');

/**
 * A duration in a configuration: `"5s"`, `"100ms"`, `"1m30s"`, `"0.5h"` in YAML, milliseconds after decoding.
 * With a default the key may be left out, and the JSON Schema shows the default.
 *
 * @example z.strictObject({ refresh: duration('60s'), deadline: duration().optional() })
 */
export function duration(): z.ZodCodec<z.ZodString, z.ZodNumber>;
export function duration(defaultText: string): z.ZodPrefault<z.ZodCodec<z.ZodString, z.ZodNumber>>;
export function duration(defaultText?: string): z.ZodType {
  const codec = z.codec(text, z.number(), {
    decode: written => parseDuration(written) ?? Number.NaN,
    encode: formatDuration,
  });
  return defaultText === undefined ? codec : codec.prefault(defaultText);
}

/** Milliseconds of a duration text such as `"1m30s"`; undefined if it is none. Units: ns, us, ms, s, m, h, d. */
export function parseDuration(written: string): number | undefined {
  if (written.length > 100 || !pattern.test(written)) return undefined;
  let total = 0;
  for (const [, amount, unit] of written.matchAll(part)) total += Number(amount) * milliseconds[unit as Unit];
  return Number.isFinite(total) ? total : undefined;
}

/** The shortest text for a number of milliseconds: `90000` is `"1m30s"`, `0` is `"0s"`. */
export function formatDuration(duration: number): string {
  if (duration < 1000) return duration === 0 ? '0s' : `${decimal(duration)}ms`;
  let rest = duration;
  let written = '';
  for (const unit of ['h', 'm'] as const) {
    const count = Math.floor(rest / milliseconds[unit]);
    if (count > 0) written += `${count}${unit}`;
    rest -= count * milliseconds[unit];
  }
  return rest === 0 ? written : `${written}${decimal(rest / 1000)}s`;
}

/** Never in exponent form, and without the noise of binary fractions. */
function decimal(number: number): string {
  return number.toFixed(6).replace(/\.?0+$/, '');
}
