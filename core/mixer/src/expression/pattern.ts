import { RE2JS } from 're2js';

/** A regular expression in RE2 syntax: linear in the length of the text, whatever the pattern. */
export interface Pattern {
  /** Somewhere in the text. */
  readonly finds: (text: string) => boolean;
  /** The whole text. */
  readonly matches: (text: string) => boolean;
}

/** Compiles a pattern; undefined where it is malformed, or uses what RE2 leaves out (back references, look-around). */
export function compilePattern(source: string): Pattern | undefined {
  try {
    const compiled = RE2JS.compile(source);
    return { finds: text => compiled.test(text), matches: text => compiled.testExact(text) };
  } catch {
    return undefined;
  }
}
