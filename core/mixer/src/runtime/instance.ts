import type { ConfigDocument, ConfigPath } from '../config/document.ts';
import type { Findings } from '../config/findings.ts';
import type { InstanceShape } from '../env.ts';
import { constantProblems } from '../expression/analysis.ts';
import { compileExpression, type ExpressionSource } from '../expression/compile.ts';
import type { Expression } from '../expression/expression.ts';
import type { Reads } from '../expression/reads.ts';
import type { Kind, MapKind, OptionalKind, ScalarKind } from '../kind.ts';
import type { AnyTemplate, Variety } from '../template.ts';
import type { Value, ValueType } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { AttributeDeclaration, Vocabulary } from '../vocabulary/vocabulary.ts';
import { type Builder, compileFields } from './instance-fields.ts';

/** An instance as rules send it: its template's fields as compiled expressions. */
export interface CompiledInstance {
  readonly name: string;
  readonly template: AnyTemplate;
  readonly shape: InstanceShape;
  /** All expressions, for the analyses of rules. */
  readonly expressions: readonly PlacedExpression[];
  /**
   * The object that a handler receives, or undefined when a field has no value for this bag. For report templates such
   * a field becomes `unknown` and is counted, and there is always an object.
   */
  readonly build: Builder;
  /** Quota templates: how much is taken. */
  readonly amount: Expression | undefined;
  /** Attributes templates: what the output defines. Evaluated over the bag extended by `output.FIELD`. */
  readonly bindings: readonly Binding[];
  readonly outputVocabulary: Vocabulary;
  /** Everything that distinguishes it, for handler signatures. */
  readonly fingerprint: unknown;
}

export interface PlacedExpression {
  readonly expression: Expression;
  readonly document: ConfigDocument;
  readonly path: ConfigPath;
}

export interface Binding {
  readonly attribute: string;
  readonly slot: number;
  readonly expression: Expression;
}

export interface InstanceSource {
  readonly name: string;
  readonly params: { readonly [field: string]: unknown };
  readonly attributes?: { readonly [attribute: string]: unknown } | undefined;
  readonly document: ConfigDocument;
  /** Path of the instance's body within the document. */
  readonly path: ConfigPath;
}

/** Compiles an instance for a template; undefined, with findings, where it has mistakes. */
export function compileInstance(
  source: InstanceSource,
  template: AnyTemplate,
  vocabulary: Vocabulary,
  findings: Findings,
  unknownField: () => void,
): CompiledInstance | undefined {
  const { name, params, document, path } = source;
  const before = findings.problems.length;
  const expressions: PlacedExpression[] = [];
  const compile = (
    text: unknown,
    at: ConfigPath,
    options: object,
    over = vocabulary,
  ): Expression | undefined => {
    const result = compileExpression(text as ExpressionSource, over, options);
    if (result.ok) {
      for (const problem of constantProblems(result.expression.tree))
        findings.addExpression(document, at, problem);
      expressions.push({ expression: result.expression, document, path: at });
      return result.expression;
    }
    for (const problem of result.problems) findings.addExpression(document, at, problem);
    return undefined;
  };
  const { amount: amountText, ...fields } = params;
  const amount =
    amountText === undefined || template.variety !== 'quota'
      ? undefined
      : compile(amountText, [...path, 'params', 'amount'], { expects: 'INT64', available: 'check' });
  const compiled = compileFields(template, template.variety === 'quota' ? fields : params, {
    compile: (text, at, expects) =>
      compile(text, [...path, 'params', ...at], {
        ...(expects && { expects }),
        available: availability(template.variety),
      }),
    problem: (at, finding, pointer) => findings.add(document, [...path, 'params', ...at], finding, pointer),
    name,
    unknownField: template.variety === 'report' ? unknownField : undefined,
  });
  const outputVocabulary = vocabulary.extend(outputDeclarations(template, 'output'));
  const bindings = compileBindings(source, template, vocabulary, findings, (text, at, expects) =>
    compile(text, at, { expects, available: 'check' }, outputVocabulary),
  );
  if (findings.problems.length > before) return undefined;
  return {
    name,
    template,
    shape: { name, template: template.name, types: compiled.types },
    expressions,
    build: compiled.build,
    amount,
    bindings,
    outputVocabulary,
    fingerprint: { name, template: template.name, params, attributes: source.attributes },
  };
}

function availability(variety: Variety): 'check' | 'report' {
  return variety === 'report' ? 'report' : 'check';
}

/** The fields of a template's output that expressions can read: values of one type, and maps of strings. */
export function readableOutput(template: AnyTemplate): { field: string; type: ValueType }[] {
  return Object.entries(template.output).flatMap(([field, kind]) => {
    const type = readableType(kind);
    return type === undefined ? [] : [{ field, type }];
  });
}

function readableType(kind: Kind<unknown>): ValueType | undefined {
  if (kind.kind === 'optional') return readableType((kind as OptionalKind<unknown>).of);
  if (kind.kind === 'scalar') return (kind as ScalarKind<unknown>).type;
  const isMapOfStrings = kind.kind === 'map' && readableType((kind as MapKind<unknown>).of) === 'STRING';
  return isMapOfStrings ? 'STRING_MAP' : undefined;
}

/** The attributes by which expressions read a template's output: `PREFIX.FIELD`. */
export function outputDeclarations(template: AnyTemplate, prefix: string): AttributeDeclaration[] {
  return readableOutput(template).map(({ field, type }) => ({
    name: `${prefix}.${field}`,
    type,
    description: `output of template ${template.name}`,
    available: 'check',
  }));
}

function compileBindings(
  { attributes, document, path }: InstanceSource,
  template: AnyTemplate,
  vocabulary: Vocabulary,
  findings: Findings,
  compile: (text: unknown, at: ConfigPath, expects: string) => Expression | undefined,
): Binding[] {
  if (attributes === undefined) return [];
  if (template.variety !== 'attributes') {
    const message = `template "${template.name}" has no output that attributes could be bound to`;
    findings.add(document, [...path, 'attributes'], { code: 'INSTANCE_NO_OUTPUT', message }, { at: 'key' });
    return [];
  }
  const bindings: Binding[] = [];
  for (const [attribute, text] of Object.entries(attributes)) {
    const at = [...path, 'attributes', attribute];
    const slot = vocabulary.slotOf(attribute);
    const declaration = vocabulary.get(attribute);
    if (slot === undefined || declaration === undefined) {
      findings.add(
        document,
        at,
        {
          code: 'ATTRIBUTE_UNKNOWN',
          message: `unknown attribute "${attribute}"`,
          hint: 'declare it with an AttributeManifest',
        },
        { at: 'key' },
      );
      continue;
    }
    const verified = template.authenticates && attribute.startsWith('request.auth.');
    if (isIdentity(attribute) && !verified) {
      const message = `attribute "${attribute}" comes from authentication only and cannot be produced by template "${template.name}"`;
      findings.add(document, at, { code: 'ATTRIBUTE_IDENTITY', message }, { at: 'key' });
      continue;
    }
    const expression = compile(text, at, declaration.type);
    if (expression !== undefined) bindings.push({ attribute, slot, expression });
  }
  return bindings;
}

/** Over authenticated identity nobody wins, so nobody may try, but who verifies it. */
function isIdentity(attribute: string): boolean {
  return /^((source|destination)\.(principal|user)|connection\.mtls|request\.auth\..+)$/.test(attribute);
}

/**
 * Evaluates what an output defines, into `target`. False when a binding has no value; of a template that authenticates
 * that is an answer, too: what nobody has verified is absent.
 */
export function bind(
  instance: CompiledInstance,
  bag: Bag,
  output: { readonly [field: string]: unknown },
  target: Bag,
  reads: Reads,
): boolean {
  const extended = bag.over(instance.outputVocabulary);
  const base = bag.vocabulary.size;
  for (const [index, { field }] of readableOutput(instance.template).entries()) {
    extended.values[base + index] = output[field] as Value | undefined;
  }
  for (const { slot, expression } of instance.bindings) {
    const value = expression.evaluate(extended, reads);
    if (value === undefined && !instance.template.authenticates) return false;
    target.values[slot] = value;
  }
  return true;
}
