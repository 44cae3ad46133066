/** Operations on texts, as the base language defines them: by bytes of UTF-8 and by code points, not by UTF-16 units. */

/** Negative, zero or positive, in the order of UTF-8 bytes, which is that of code points. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    const aHigh = a >= 0xd800 && a <= 0xdfff; // half of a code point beyond all single units
    const bHigh = b >= 0xd800 && b <= 0xdfff;
    return aHigh === bHigh ? a - b : aHigh ? 1 : -1;
  }
  return left.length - right.length;
}

/** Code point by code point, so a capital sigma becomes σ wherever it stands. */
export function toLower(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  let lower = '';
  for (const point of text) lower += String.fromCodePoint(point.toLowerCase().codePointAt(0) as number);
  return lower;
}

export function reverse(text: string): string {
  return [...text].reverse().join('');
}

/** `match`: a pattern `x*` tests the start, else `*x` the end, else the whole. A star elsewhere is itself. */
export function globTest(pattern: string): (text: string) => boolean {
  if (pattern.endsWith('*')) {
    const start = pattern.slice(0, -1);
    return text => text.startsWith(start);
  }
  if (pattern.startsWith('*')) {
    const end = pattern.slice(1);
    return text => text.endsWith(end);
  }
  return text => text === pattern;
}
