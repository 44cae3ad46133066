/**
 * The candidate that a misspelt word most likely meant, or undefined where none is near: at most a third of its
 * letters (and at least one) may be wrong, missing, surplus or swapped. Case does not count.
 *
 * @example nearest('entires', ['entries', 'url']) // 'entries'
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  if (wanted.length > longest) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === word) return candidate;
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const distance = distanceBetween(wanted, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Nobody misspells longer words than this; the comparison is quadratic. */
const longest = 200;

/** Edits between two words, where swapping two neighbours is one edit (optimal string alignment). */
function distanceBetween(a: string, b: string): number {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  const at = (row: number, column: number) => table[row * width + column] ?? 0;
  for (let row = 0; row <= a.length; row++) {
    for (let column = 0; column <= b.length; column++) {
      const cell = row * width + column;
      if (row === 0 || column === 0) {
        table[cell] = row + column;
        continue;
      }
      const replaced = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      table[cell] = Math.min(
        replaced,
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        swapped ? at(row - 2, column - 2) + 1 : replaced,
      );
    }
  }
  return at(a.length, b.length);
}
