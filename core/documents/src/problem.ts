export type Severity = 'error' | 'warning';

/** Where something stands in a file. Lines and columns count from 1; the end is exclusive. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One mistake in a configuration, with its place and what to do about it. `--format json` prints exactly this. */
export interface Problem {
  /** `AREA_FACT`, never reused; listed in spec/errors.md. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, what was found, what is allowed: lower case, no full stop. */
  readonly message: string;
  /** What to type next. */
  readonly hint?: string;
  readonly place: Place;
  /** The lines around the place, with a marker under it. */
  readonly frame: string;
}

/** Files beyond this many characters are refused: 100,000 rules fit in. */
export const largestFile = 32 * 1024 * 1024;

/** A file to read documents from. `path` is only shown, never opened. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}
