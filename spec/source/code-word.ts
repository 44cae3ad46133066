/** A capital word in quotes in a source: perhaps an error code. */
export interface CodeWord {
  readonly word: string;
  /** What it is compared with, such as `error.code`; undefined where it is not compared, and may so be raised. */
  readonly comparedWith: string | undefined;
}

/** All of them in a text without comments that is formatted as ours is: in single quotes, with spaces around operators. */
export function codeWordsIn(text: string): CodeWord[] {
  return [...text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)].map(
    ({ 0: literal, 1: word = '', index }) => {
      const before = text.slice(Math.max(0, index - 100), index);
      const after = text.slice(index + literal.length, index + literal.length + 100);
      const [, left] = /(\S+)\s+[!=]==\s+$/.exec(before) ?? /\b(case) $/.exec(before) ?? [];
      const [, right] = /^\s+[!=]==\s+(\S+)/.exec(after) ?? [];
      return { word, comparedWith: left ?? right };
    },
  );
}
