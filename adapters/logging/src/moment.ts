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
  return `${cachedText}${String(1_000_000 + fraction).slice(1)}Z`;
}

/** `"850µs"`, `"12.3ms"`, `"1.5s"`. */
export function durationText(microseconds: number): string {
  const size = Math.abs(microseconds);
  if (size < 1e3) return `${microseconds}µs`;
  return size < 1e6 ? `${microseconds / 1e3}ms` : `${microseconds / 1e6}s`;
}
