import { nearest } from '@krater/documents';
import {
  attributesOf,
  constantOf,
  constantProblems,
  equalityClauses,
  mayBeUnknown,
} from '../expression/analysis.ts';
import { compileExpression, type ExpressionSource } from '../expression/compile.ts';
import type { Expression } from '../expression/expression.ts';
import {
  type CompiledInstance,
  compileInstance,
  outputDeclarations,
  type PlacedExpression,
} from '../runtime/instance.ts';
import type { Action, Rule } from '../runtime/rule.ts';
import type { AnyTemplate, Variety } from '../template.ts';
import type { AttributeDeclaration, Vocabulary } from '../vocabulary/vocabulary.ts';
import { compileHeaders } from './compile-headers.ts';
import type { Declarations, Declared } from './declarations.ts';
import type { ConfigDocument, ConfigPath } from './document.ts';
import type { Findings } from './findings.ts';
import type { HandlerSource } from './handler-sources.ts';
import { resolveReference } from './reference.ts';
import type { ActionSpec, InstanceSpec, RuleSpec } from './schemas.ts';

/** What compiling one rule may look at. */
export interface RuleContext {
  readonly declarations: Declarations;
  readonly vocabulary: Vocabulary;
  readonly rootNamespace: string;
  /** Handlers by id, inline ones included; a handler that has problems of its own is known and undefined. */
  readonly handlers: ReadonlyMap<string, HandlerSource | undefined>;
  /** Compiled named instances by template and id, shared by all rules; two adapters may have templates of one name. */
  readonly instances: Map<AnyTemplate, Map<string, CompiledInstance | undefined>>;
  readonly used: { readonly instances: Set<string> };
  readonly unknownField: () => void;
}

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
  const actions: Record<Variety, Action<string>[]> = { check: [], quota: [], report: [], attributes: [] };
  const outputs: AttributeDeclaration[] = [];
  const names = new Set<string>();
  for (const [index, action] of spec.actions.entries()) {
    const { name } = action;
    if (name !== undefined && names.has(name)) {
      const message = `two actions of rule "${declared.name}" are called "${name}"`;
      findings.add(document, ['spec', 'actions', index, 'name'], { code: 'ACTION_DUPLICATE', message });
    }
    if (name !== undefined) names.add(name);
    compileAction(action, ['spec', 'actions', index], declared, context, findings, actions, outputs);
  }
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

function compileMatch(
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

function refuseUnknown(match: Expression, document: ConfigDocument, findings: Findings): void {
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

function compileAction(
  action: ActionSpec,
  path: ConfigPath,
  rule: Declared<RuleSpec>,
  context: RuleContext,
  findings: Findings,
  actions: Record<Variety, Action<string>[]>,
  outputs: AttributeDeclaration[],
): void {
  const { document } = rule;
  const handler = handlerOf(action, path, rule, context);
  const seen = new Set<string>();
  for (const [index, reference] of action.instances.entries()) {
    const at = [...path, 'instances', index];
    const instance = instanceOf(reference, at, rule, handler, context, findings);
    if (handler === undefined || instance === undefined) continue;
    if (seen.has(instance.name)) {
      findings.add(document, at, {
        code: 'INSTANCE_TWICE',
        message: `instance "${instance.name}" stands twice in this action`,
      });
      continue;
    }
    seen.add(instance.name);
    handler.instances.add(instance);
    const { name } = action;
    const placed =
      name !== undefined && instance.template.variety === 'check'
        ? placeOutputs(instance.template, name, context.vocabulary, outputs)
        : [];
    actions[instance.template.variety].push({ handler: handler.id, instance, outputs: placed });
  }
}

/** Gives the output of a named action its place behind the vocabulary; of two of one name the first stands. */
function placeOutputs(
  template: AnyTemplate,
  action: string,
  vocabulary: Vocabulary,
  outputs: AttributeDeclaration[],
): Action<string>['outputs'] {
  const known = new Set(outputs.map(({ name }) => name));
  const fresh = outputDeclarations(template, `${action}.output`).filter(({ name }) => !known.has(name));
  const first = vocabulary.size + outputs.length;
  outputs.push(...fresh);
  return fresh.map(({ name }, index) => ({
    field: name.slice(action.length + '.output.'.length),
    slot: first + index,
  }));
}

/** The id by which an inline handler is known: its rule and its place in it. */
export function inlineHandlerId(rule: Declared<RuleSpec>, action: number): string {
  return `${rule.id}.actions[${action}]`;
}

function handlerOf(
  { handler }: ActionSpec,
  path: ConfigPath,
  rule: Declared<RuleSpec>,
  { declarations, handlers, rootNamespace }: RuleContext,
): HandlerSource | undefined {
  if (typeof handler !== 'string') return handlers.get(inlineHandlerId(rule, Number(path.at(-1))));
  const reference = { name: handler, document: rule.document, path: [...path, 'handler'] };
  const declared = resolveReference(reference, declarations.Handler, rootNamespace, 'Handler', declarations);
  return declared && handlers.get(declared.id);
}

function instanceOf(
  reference: ActionSpec['instances'][number],
  path: ConfigPath,
  rule: Declared<RuleSpec>,
  handler: HandlerSource | undefined,
  context: RuleContext,
  findings: Findings,
): CompiledInstance | undefined {
  const { declarations, rootNamespace, vocabulary, used, instances, unknownField } = context;
  if (typeof reference !== 'string') {
    const template =
      handler &&
      templateOf(reference.template, handler, rule.document, [...path, 'template'], context, findings);
    const source = { ...reference, document: rule.document, path };
    return template && compileInstance(source, template, vocabulary, findings, unknownField);
  }
  const named = { name: reference, document: rule.document, path };
  const declared = resolveReference<InstanceSpec>(
    named,
    declarations.Instance,
    rootNamespace,
    'Instance',
    declarations,
  );
  if (declared === undefined) return undefined;
  used.instances.add(declared.id);
  if (handler === undefined) return undefined;
  const { document } = declared;
  const known = handler.adapter.templates.some(
    (template: AnyTemplate) => template.name === declared.spec.template,
  );
  const template = known
    ? templateOf(declared.spec.template, handler, document, ['spec', 'template'], context, findings)
    : templateOf(declared.spec.template, handler, rule.document, path, context, findings);
  if (template === undefined) return undefined;
  const compiled = instances.get(template) ?? new Map<string, CompiledInstance | undefined>();
  instances.set(template, compiled);
  if (!compiled.has(declared.id)) {
    const source = { ...declared.spec, name: declared.name, document, path: ['spec'] };
    compiled.set(declared.id, compileInstance(source, template, vocabulary, findings, unknownField));
  }
  return compiled.get(declared.id);
}

function templateOf(
  name: string,
  { adapter }: HandlerSource,
  document: ConfigDocument,
  path: ConfigPath,
  { handlers }: RuleContext,
  findings: Findings,
): AnyTemplate | undefined {
  const served: readonly AnyTemplate[] = adapter.templates;
  const template = served.find(candidate => candidate.name === name);
  if (template !== undefined) return template;
  const elsewhere = [...handlers.values()].flatMap(
    handler => handler?.adapter.templates.map((other: AnyTemplate) => other.name) ?? [],
  );
  const names = served.map(candidate => `"${candidate.name}"`).join(', ');
  if (elsewhere.includes(name)) {
    const message = `adapter "${adapter.name}" does not serve template "${name}"; it serves ${names}`;
    findings.add(document, path, { code: 'TEMPLATE_NOT_SERVED', message });
    return undefined;
  }
  const near = nearest(name, elsewhere);
  const message = `unknown template "${name}"; adapter "${adapter.name}" serves ${names}`;
  findings.add(document, path, {
    code: 'TEMPLATE_UNKNOWN',
    message,
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
  });
  return undefined;
}

function slotsOf(expressions: readonly Expression[]): ReadonlySet<number> {
  return new Set(
    expressions.flatMap(expression => attributesOf(expression.tree).map(attribute => attribute.slot)),
  );
}
