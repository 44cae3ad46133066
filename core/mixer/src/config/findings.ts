import type { Finding, Pointer, Problem } from '@krater/documents';
import type { codes } from '../codes.ts';
import type { codes as expressionCodes } from '../expression/codes.ts';
import type { ExpressionProblem } from '../expression/expression.ts';
import type { ConfigDocument, ConfigPath } from './document.ts';

export type Code = keyof typeof codes | keyof typeof expressionCodes;

/** Collects every problem of one load; later stages name a path, and the document knows its place. */
export class Findings {
  readonly problems: Problem[] = [];
  /** Files that secrets were read from, or looked for in. */
  readonly secretFiles = new Set<string>();

  get refused(): boolean {
    return this.problems.some(problem => problem.severity === 'error');
  }

  add(
    document: ConfigDocument,
    path: ConfigPath,
    finding: Finding & { readonly code: Code },
    pointer: Omit<Pointer, 'path'> = {},
  ): void {
    this.problems.push(document.source.problem(finding, { ...pointer, path: document.sourcePath(path) }));
  }

  /** A mistake inside an expression: marked where it stands in the scalar, or at the operand of a JSON Logic object. */
  addExpression(document: ConfigDocument, path: ConfigPath, problem: ExpressionProblem): void {
    const { code, message, hint, start, end } = problem;
    const finding = hint === undefined ? { code, message } : { code, message, hint };
    const inside = problem.path === undefined ? { span: { start, end } } : {};
    this.problems.push(
      document.source.problem(finding, {
        ...inside,
        path: document.sourcePath([...path, ...(problem.path ?? [])]),
      }),
    );
  }
}
