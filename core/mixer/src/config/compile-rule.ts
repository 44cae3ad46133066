import { attributesOf, equalityClauses } from '../expression/analysis.ts';
import type { Expression } from '../expression/expression.ts';
import type { PlacedExpression } from '../runtime/instance.ts';
import type { Rule } from '../runtime/rule.ts';
import type { Variety } from '../template.ts';
import { compileActions } from './compile-action.ts';
import { compileHeaders } from './compile-headers.ts';
import { compileMatch, refuseUnknown } from './compile-match.ts';
import type { Declared } from './declarations.ts';
import type { Findings } from './findings.ts';
import type { RuleContext } from './rule-context.ts';
import type { RuleSpec } from './schemas.ts';

/** A rule without its place in the order and its index clause, which depend on the other rules. */
export type RuleDraft = Omit<Rule<string>, 'order' | 'clause'> & {
  readonly priority: number;
  readonly clauses: readonly { readonly slot: number; readonly value: string }[];
  readonly expressions: readonly PlacedExpression[];
};

/** Compiles one rule; undefined, with findings, where it has mistakes. */
export function compileRule(
  declared: Declared<RuleSpec>,
  context: RuleContext,
  findings: Findings,
): RuleDraft | undefined {
  const { document, spec } = declared;
  const before = findings.problems.length;
  const headers = spec.requestHeaderOperations.length + spec.responseHeaderOperations.length;
  if (spec.actions.length === 0 && headers === 0) {
    const message = `rule "${declared.name}" has neither actions nor header operations`;
    findings.add(
      document,
      ['spec'],
      { code: 'RULE_EMPTY', message, hint: 'add an action: handler and instances' },
      { at: 'key' },
    );
  }
  const { byVariety: actions, outputs } = compileActions(declared, context, findings);
  if (spec.onError !== undefined && actions.check.length + actions.quota.length === 0)
    refuseIdleOnError(declared, findings);
  const actsBefore = actions.check.length + actions.quota.length + actions.attributes.length + headers > 0;
  const match = compileMatch(declared, actsBefore || actions.report.length === 0, context, findings);
  const outputVocabulary = context.vocabulary.extend(outputs);
  const requestHeaders = compileHeaders('requestHeaderOperations', declared, outputVocabulary, findings);
  const responseHeaders = compileHeaders('responseHeaderOperations', declared, outputVocabulary, findings);
  if (match === undefined || findings.problems.length > before) return undefined;
  if (actions.check.length > 0 && spec.onMissing === undefined && !document.imported)
    refuseUnknown(match, document, findings);
  const of = (...varieties: Variety[]) =>
    varieties.flatMap(variety => actions[variety].flatMap(action => action.instance.expressions));
  const placed = { expression: match, document, path: ['spec', 'match'] };
  const headerExpressions = [...requestHeaders, ...responseHeaders].flatMap(header => header.value ?? []);
  return {
    id: declared.id,
    namespace: declared.namespace,
    isRoot: declared.namespace === context.rootNamespace,
    document,
    priority: spec.priority,
    match,
    clauses: spec.onMissing === 'apply' ? [] : equalityClauses(match.tree, context.vocabulary),
    onMissing: spec.onMissing ?? 'skip',
    onError: spec.onError,
    checks: actions.check,
    quotas: actions.quota,
    reports: actions.report,
    producers: actions.attributes,
    requestHeaders,
    responseHeaders,
    outputVocabulary,
    matchReads: slotsOf([match]),
    checkReads: slotsOf([
      match,
      ...of('check', 'quota').map(({ expression }) => expression),
      ...headerExpressions,
    ]),
    reportReads: slotsOf([match, ...of('report').map(({ expression }) => expression)]),
    expressions: [placed, ...of('check', 'quota', 'report', 'attributes')],
    imported: document.imported,
  };
}

/** What nobody can fail at needs no answer to failing. */
function refuseIdleOnError({ name, document, spec }: Declared<RuleSpec>, findings: Findings): void {
  if (findings.refused) return;
  const message = `rule "${name}" says onError: ${spec.onError}, but has no check or quota action that could fail`;
  const hint = 'remove onError; failures of report actions are counted and change no response';
  findings.add(document, ['spec', 'onError'], { code: 'RULE_NO_EFFECT', message, hint }, { at: 'key' });
}

function slotsOf(expressions: readonly Expression[]): ReadonlySet<number> {
  return new Set(
    expressions.flatMap(expression => attributesOf(expression.tree).map(attribute => attribute.slot)),
  );
}
