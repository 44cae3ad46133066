import type { Place } from './problem.ts';

/** Longer lines are cut around the marked part, so that the marker stays visible. */
const width = 120;

/** Values of keys that sound secret are hidden even where no schema said so yet. */
const secretValue =
  /((?:password|passwd|passphrase|secret|token|credentials?|api[-_]?key|private[-_]?key)["']?\s*:\s*)([^\s{[,}][^,}]*)/gi;

/**
 * The line before a place, its first line, and a marker under it; no positions but line numbers, no end of line.
 *
 * @example
 *    13 |   - name: staging-only
 *  > 14 |     match: request.heders["x-env"] == "staging"
 *       |            ^^^^^^^^^^^^^^
 */
export function printFrame(lineOf: (number: number) => string | undefined, place: Place): string {
  const digits = String(place.line).length;
  const marked = lineOf(place.line) ?? '';
  const from = place.column - 1;
  const last = place.endLine === place.line ? place.endColumn - 1 : marked.trimEnd().length;
  const to = Math.max(last, from + 1);
  const cut = from < width - 20 ? 0 : from - 20;
  const before = lineOf(place.line - 1);
  return [
    ...(before?.slice(cut).trim()
      ? [`   ${String(place.line - 1).padStart(digits)} | ${visible(before, cut)}`]
      : []),
    ` > ${place.line} | ${visible(marked, cut)}`,
    `   ${' '.repeat(digits)} | ${' '.repeat(from - cut)}${'^'.repeat(Math.min(to - from, width - (from - cut)))}`,
  ].join('\n');
}

function visible(line: string, cut: number): string {
  // A secret's key may stand a little before the cut; the rest of an endless line is not looked at.
  const near = Math.max(0, cut - width);
  const shown = line
    .slice(near, cut + 2 * width)
    .replace(secretValue, (_, key: string, value: string) => key + '*'.repeat(value.length))
    .slice(cut - near, cut - near + width + 1);
  const printed = printable(shown);
  const start = cut > 0 ? `…${printed.slice(1)}` : printed;
  return start.length > width ? `${start.slice(0, width)}…` : start.trimEnd();
}

/** What a configuration says must not move the cursor or rewrite the terminal; a tab would shift the marker. */
export function printable(text: string): string {
  return (
    text
      .replace(/\t/g, ' ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  );
}
