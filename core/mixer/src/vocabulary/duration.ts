/**
 * Durations as text, in the original's notation: `20ms`, `1h2m`, `1.5s`, `-3us`, `0`. Inside, whole microseconds.
 */

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5
  μs: 1_000n, // U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const longest = 2n ** 63n - 1n;
/** No alternative can match the same text in two ways, so this is linear. */
const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** Whole microseconds, truncated towards zero; undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const signed = text[0] === '-' || text[0] === '+';
  const start = signed ? 1 : 0;
  if (text.length > 100 || start === text.length) return undefined;
  if (text.slice(start) === '0') return 0;
  let sum = 0n;
  for (part.lastIndex = start; part.lastIndex < text.length; ) {
    const match = part.exec(text);
    if (match === null) return undefined;
    const [, whole = '', fraction = '', name = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    const unit = nanoseconds[name] as bigint;
    sum += BigInt(whole || 0) * unit + (BigInt(fraction || 0) * unit) / 10n ** BigInt(fraction.length);
    if (sum > longest) return undefined;
  }
  const microseconds = Number(sum / 1_000n);
  return text[0] === '-' && microseconds !== 0 ? -microseconds : microseconds;
}

/** `5400000000` (1.5 hours) as `1h30m0s`; below a second in the largest fitting unit: `19ms`, `1.5ms`, `20µs`. */
export function formatDuration(microseconds: number): string {
  const sign = microseconds < 0 ? '-' : '';
  const length = Math.abs(microseconds);
  if (length === 0) return '0s';
  if (length < 1_000) return `${sign}${length}µs`;
  if (length < 1_000_000) return `${sign}${length / 1_000}ms`;
  const hours = Math.floor(length / 3_600_000_000);
  const minutes = Math.floor((length % 3_600_000_000) / 60_000_000);
  const seconds = (length % 60_000_000) / 1_000_000;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}
