import type { Problem, Severity, SourceFile } from './problem.ts';

export type Path = readonly (string | number)[];

/** What a problem points at. */
export interface Pointer {
  readonly path: Path;
  /** The key instead of the value (for unknown keys). */
  readonly at?: 'key' | 'value';
  /** Offsets into the scalar's string value (for expressions); the whole scalar is marked where they cannot be mapped. */
  readonly span?: { readonly start: number; readonly end: number };
}

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: Severity;
}

/** One document of a multi-document YAML file: plain data, and the way back to every place in it. */
export interface SourceDocument {
  readonly file: SourceFile;
  /** Position in the file, from 0. */
  readonly index: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written; undefined where the document names none. */
  readonly namespace: string | undefined;
  /** The whole document as data: maps without prototype; integers beyond the safe ones as bigint. */
  readonly value: { readonly [key: string]: unknown };
  /** Turns a finding into a located problem. */
  problem(finding: Finding, pointer: Pointer): Problem;
  /** Hides the value at a path in every frame from now on. */
  mask?(path: Path): void;
}
