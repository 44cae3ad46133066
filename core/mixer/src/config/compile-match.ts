import { constantOf, constantProblems, mayBeUnknown } from '../expression/analysis.ts';
import { compileExpression, type ExpressionSource } from '../expression/compile.ts';
import type { Expression } from '../expression/expression.ts';
import type { Declared } from './declarations.ts';
import type { ConfigDocument } from './document.ts';
import type { Findings } from './findings.ts';
import type { RuleContext } from './rule-context.ts';
import type { RuleSpec } from './schemas.ts';

/** Compiles a match; undefined, with findings, where it has mistakes or can never hold. */
export function compileMatch(
  { document, spec }: Declared<RuleSpec>,
  beforeRequest: boolean,
  { vocabulary }: RuleContext,
  findings: Findings,
): Expression | undefined {
  const path = ['spec', 'match'];
  if (typeof spec.match === 'string' && spec.match.trim() === '') {
    findings.add(document, path, {
      code: 'MATCH_EMPTY',
      message: 'an empty match',
      hint: 'write match: true for a rule that always applies',
    });
    return undefined;
  }
  const available = beforeRequest ? 'check' : 'report';
  const result = compileExpression(spec.match as ExpressionSource, vocabulary, {
    expects: 'BOOL',
    available,
  });
  if (!result.ok) {
    for (const problem of result.problems) findings.addExpression(document, path, problem);
    return undefined;
  }
  const { tree } = result.expression;
  for (const problem of constantProblems(tree)) findings.addExpression(document, path, problem);
  if (constantOf(tree) === false) {
    const message = 'the match is false for every request';
    findings.add(document, path, {
      code: 'MATCH_NEVER',
      message,
      hint: 'correct the clauses that exclude each other, or remove the rule',
    });
    return undefined;
  }
  return result.expression;
}

/** Refuses a match that would let a request pass where an attribute is absent, unless the rule says what then. */
export function refuseUnknown(match: Expression, document: ConfigDocument, findings: Findings): void {
  const offending = mayBeUnknown(match.tree);
  if (offending === undefined) return;
  const { start, end } = offending;
  const message = 'where the attribute is absent this clause is unknown, and the rule would not apply';
  const hint = 'give the attribute a default with |, or add onMissing: skip or onMissing: apply';
  findings.add(
    document,
    ['spec', 'match'],
    { code: 'MATCH_MAY_BE_UNKNOWN', message, hint },
    { span: { start, end } },
  );
}
