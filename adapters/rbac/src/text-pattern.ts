/** A text, or one with a star at its beginning or end, which stands for anything. */
export interface TextPattern {
  readonly kind: 'any' | 'exact' | 'prefix' | 'suffix';
  /** Without the star. */
  readonly text: string;
}

export function textPattern(written: string): TextPattern {
  if (written === '*') return { kind: 'any', text: '' };
  if (written.endsWith('*')) return { kind: 'prefix', text: written.slice(0, -1) };
  if (written.startsWith('*')) return { kind: 'suffix', text: written.slice(1) };
  return { kind: 'exact', text: written };
}

/** What is wrong with a pattern as an operator writes it. */
export function textPatternProblem(written: string): string | undefined {
  if (written === '') return 'an empty pattern matches nothing';
  if (!textPattern(written).text.includes('*')) return undefined;
  return `pattern ${JSON.stringify(written)} has a star inside; allowed is one, at the beginning or at the end`;
}

/** Whether everything that `other` matches is matched by `pattern` too. */
export function covers(pattern: TextPattern, other: TextPattern): boolean {
  if (pattern.kind === 'any') return true;
  if (pattern.kind === 'exact') return other.kind === 'exact' && other.text === pattern.text;
  if (other.kind !== 'exact' && other.kind !== pattern.kind) return false;
  return pattern.kind === 'prefix' ? other.text.startsWith(pattern.text) : other.text.endsWith(pattern.text);
}

/** Whether a text is one of the patterns'. Nothing matches a text that is absent or empty. */
export type TextMatcher = (text: string | undefined) => boolean;

/** Exact texts, however many, cost one look-up together. */
export function textMatcher(written: readonly string[]): TextMatcher {
  const patterns = written.map(textPattern);
  const texts = (kind: TextPattern['kind']) =>
    patterns.filter(pattern => pattern.kind === kind).map(({ text }) => text);
  const exact = new Set(texts('exact'));
  const prefixes = texts('prefix');
  const suffixes = texts('suffix');
  const any = texts('any').length > 0;
  return text =>
    text !== undefined &&
    text !== '' &&
    (any ||
      exact.has(text) ||
      prefixes.some(prefix => text.startsWith(prefix)) ||
      suffixes.some(suffix => text.endsWith(suffix)));
}
