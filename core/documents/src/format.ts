import type { Problem } from './problem.ts';

/** By file, line, column, then code; the order of finding decides the rest. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    ({ place: a, code }, { place: b, code: other }) =>
      compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(code, other),
  );
}

/** By code unit: the same order in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Problems for people, in a form that terminals and editors make links of; an empty line between two.
 *
 * @example
 * policy/rules.yaml:14:12 RULE_UNKNOWN_ATTRIBUTE unknown attribute "request.heders"
 *    13 |   - name: staging-only
 *  > 14 |     match: request.heders["x-env"] == "staging"
 *       |            ^^^^^^^^^^^^^^
 *    hint: did you mean "request.headers"?
 */
export function formatProblems(
  problems: readonly Problem[],
  { color = false }: { readonly color?: boolean } = {},
): string {
  const paint = color
    ? (style: Style, text: string) => `\u001b[${styles[style]}m${text}\u001b[0m`
    : (_: Style, text: string) => text;
  return problems
    .map(({ code, severity, message, hint, place, frame }) => {
      const where = paint('place', `${place.file}:${place.line}:${place.column}`);
      const what =
        severity === 'warning'
          ? `${paint('warning', code)} warning: ${message}`
          : `${paint('error', code)} ${message}`;
      const marked = frame.replace(/\^+$/, marker => paint(severity, marker));
      return `${where} ${what}\n${marked}${hint === undefined ? '' : `\n   ${paint('hint', 'hint:')} ${hint}`}`;
    })
    .join('\n\n');
}

const styles = { place: 1, error: 31, warning: 33, hint: 36 } as const;
type Style = keyof typeof styles;
