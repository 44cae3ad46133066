const threeDigits = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));
const lastDigits = threeDigits.map(digits => `${digits}Z`);
/** What stands behind a whole number of milliseconds: nothing, `.5`, `.25`, `.001` … */
const fractions = threeDigits.map(digits => `.${digits}`.replace(/\.?0+$/, ''));
let cachedSecond = Number.NaN;
let cachedText = '';

/** RFC 3339 in UTC with microseconds; undefined for what is no moment between the years 0 and 9999. */
export function momentText(microseconds: number): string | undefined {
  const second = Math.floor(microseconds / 1e6);
  if (second !== cachedSecond) {
    if (!(second >= -62_167_219_200 && second < 253_402_300_800)) return undefined;
    cachedText = new Date(second * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  const fraction = Math.floor(microseconds - second * 1e6);
  return `${cachedText}${threeDigits[Math.floor(fraction / 1000)]}${lastDigits[fraction % 1000]}`;
}

/** `"0s"`, `"850µs"`, `"12.3ms"`, `"1.5s"`. */
export function durationText(microseconds: number): string {
  const size = Math.abs(microseconds);
  if (size === 0) return '0s';
  if (size < 1e3) return `${microseconds}µs`;
  if (size >= 1e6) return `${microseconds / 1e6}s`;
  // Numbers with a fraction are written several times slower than whole ones.
  return `${microseconds < 0 ? '-' : ''}${Math.floor(size / 1e3)}${fractions[size % 1e3]}ms`;
}
