import { nearest } from '@krater/documents';
import { type CompiledInstance, compileInstance, outputDeclarations } from '../runtime/instance.ts';
import type { Action } from '../runtime/rule.ts';
import type { AnyTemplate, Variety } from '../template.ts';
import type { AttributeDeclaration, Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Declared } from './declarations.ts';
import type { ConfigDocument, ConfigPath } from './document.ts';
import type { Findings } from './findings.ts';
import type { HandlerSource } from './handler-sources.ts';
import { resolveReference } from './reference.ts';
import type { RuleContext } from './rule-context.ts';
import type { ActionSpec, InstanceSpec, RuleSpec } from './schemas.ts';

/** The actions of one rule by variety, and the outputs that its header operations can read. */
export interface CompiledActions {
  readonly byVariety: Record<Variety, Action<string>[]>;
  readonly outputs: readonly AttributeDeclaration[];
}

/** Compiles the actions of a rule; those with mistakes are findings. */
export function compileActions(
  rule: Declared<RuleSpec>,
  context: RuleContext,
  findings: Findings,
): CompiledActions {
  const byVariety: Record<Variety, Action<string>[]> = { check: [], quota: [], report: [], attributes: [] };
  const outputs: AttributeDeclaration[] = [];
  const names = new Set<string>();
  for (const [index, action] of rule.spec.actions.entries()) {
    const { name } = action;
    const path = ['spec', 'actions', index];
    if (name !== undefined && names.has(name)) {
      const message = `two actions of rule "${rule.name}" are called "${name}"`;
      findings.add(rule.document, [...path, 'name'], { code: 'ACTION_DUPLICATE', message });
    }
    if (name !== undefined) names.add(name);
    compileAction(action, path, rule, context, findings, byVariety, outputs);
  }
  return { byVariety, outputs };
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
  { declarations, handlers, rootNamespace, adapterNames }: RuleContext,
): HandlerSource | undefined {
  if (typeof handler !== 'string') return handlers.get(inlineHandlerId(rule, Number(path.at(-1))));
  const hint = adapterNames.has(handler) ? `write handler: { adapter: ${handler} }` : undefined;
  const reference = { name: handler, document: rule.document, path: [...path, 'handler'], hint };
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
