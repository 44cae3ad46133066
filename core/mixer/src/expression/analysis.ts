import type { Value } from '../value.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import { canonicalForm } from './comparison.ts';
import { foldConstant, partsOf } from './constant.ts';
import type { ExpressionProblem } from './expression.ts';
import { type FunctionDeclaration, functions } from './functions.ts';
import { printTree } from './print.ts';
import { problemAt } from './syntax.ts';
import type { Node } from './tree.ts';

/** What can be known of an expression without any request. */

/** One place where an expression reads an attribute. */
export interface AttributeRead {
  readonly name: string;
  readonly slot: number;
  /** The key, where it is a constant one of a map. */
  readonly key?: string;
  /** The map itself is the value: all of its content counts. */
  readonly whole: boolean;
  /** Something stands in for it where it is absent: it is left of `|`. */
  readonly defaulted: boolean;
  readonly start: number;
  readonly end: number;
}

/** Every attribute that an expression can read, once per place, left to right. */
export function attributesOf(tree: Node): readonly AttributeRead[] {
  const reads: AttributeRead[] = [];
  collect(tree, false, reads);
  return reads;
}

function collect(node: Node, defaulted: boolean, reads: AttributeRead[]): void {
  if (node.node === 'attribute') {
    const { name, slot, start, end, type } = node;
    reads.push({ name, slot, whole: type === 'STRING_MAP', defaulted, start, end });
  } else if (node.node === 'index') {
    const first = reads.length;
    collect(node.map, defaulted, reads);
    const { key } = node;
    for (let index = first; index < reads.length; index++) {
      const read = reads[index] as AttributeRead;
      if (read.whole)
        reads[index] = { ...read, whole: false, ...(key.node === 'literal' && { key: key.value as string }) };
    }
    collect(key, defaulted, reads);
  } else if (node.node === 'operation' && node.operator === '|') {
    for (const [index, operand] of node.operands.entries())
      collect(operand, defaulted || index < node.operands.length - 1, reads);
  } else {
    const lenient = node.node === 'call' && node.name === 'missing';
    for (const part of partsOf(node)) collect(part, lenient, reads);
  }
}

/** `attribute == constant`, which must hold for the whole to hold. */
export interface EqualityClause {
  readonly name: string;
  readonly slot: number;
  readonly value: string;
}

/** The clauses by which a rule can be found: equalities in the outermost `&&` over STRING attributes of few values. */
export function equalityClauses(tree: Node, vocabulary: Vocabulary): readonly EqualityClause[] {
  const conjuncts = tree.node === 'operation' && tree.operator === '&&' ? tree.operands : [tree];
  return conjuncts.flatMap(clause => {
    if (clause.node !== 'operation' || clause.operator !== '==') return [];
    const [left, right] = clause.operands as [Node, Node];
    const [attribute, constant] = left.node === 'attribute' ? [left, right] : [right, left];
    const value = foldConstant(constant)?.value;
    if (attribute.node !== 'attribute' || attribute.type !== 'STRING' || typeof value !== 'string') return [];
    const { name, slot } = attribute;
    return vocabulary.declarations[slot]?.lowCardinality === true ? [{ name, slot, value }] : [];
  });
}

/**
 * The first `!`, `!=` or `== false` that is unknown where an attribute without `|` is absent, so that a rule which
 * refuses would let such a request pass. `mayBeAbsent` says which attributes can be; all, if left out.
 */
export function mayBeUnknown(
  tree: Node,
  mayBeAbsent: (read: AttributeRead) => boolean = () => true,
): Node | undefined {
  const negates =
    tree.node === 'operation' &&
    (tree.operator === '!' ||
      tree.operator === '!=' ||
      (tree.operator === '==' && tree.operands.some(operand => foldConstant(operand)?.value === false)));
  if (negates && attributesOf(tree).some(read => !read.defaulted && mayBeAbsent(read))) return tree;
  for (const part of partsOf(tree)) {
    const offending = mayBeUnknown(part, mayBeAbsent);
    if (offending !== undefined) return offending;
  }
  return undefined;
}

/**
 * The value that an expression has for every request; undefined where it depends on the request. A conjunction that
 * demands two values of one attribute can never hold, which counts as `false`.
 */
export function constantOf(tree: Node): Value | undefined {
  const folded = foldConstant(tree);
  if (folded !== undefined) return folded.value;
  if (tree.node !== 'operation' || (tree.operator !== '&&' && tree.operator !== '||')) return undefined;
  const values = tree.operands.map(constantOf);
  const deciding = tree.operator === '||';
  if (values.includes(deciding)) return deciding;
  if (values.every(value => value === !deciding)) return !deciding;
  return tree.operator === '&&' && contradictionOf(tree) !== undefined ? false : undefined;
}

/** The clause of a conjunction that leaves no value which all clauses about one subject would take. */
export function contradictionOf(tree: Node): Node | undefined {
  if (tree.node !== 'operation' || tree.operator !== '&&') return undefined;
  const known = new Map<string, { allowed: readonly Value[] | undefined; excluded: readonly Value[] }>();
  for (const clause of tree.operands) {
    const demand = demandOf(clause);
    if (demand === undefined) continue;
    const { subject, values, negated } = demand;
    const { allowed, excluded } = known.get(subject) ?? { allowed: undefined, excluded: [] };
    const barred = negated ? [...excluded, ...values] : excluded;
    const both = negated ? allowed : values.filter(value => allowed?.includes(value) ?? true);
    const left = both?.filter(value => !barred.includes(value));
    if (left?.length === 0) return clause;
    known.set(subject, { allowed: left, excluded: barred });
  }
  return undefined;
}

/** What a clause demands of its subject: one of these constants, or none of them. */
function demandOf(clause: Node): { subject: string; values: readonly Value[]; negated: boolean } | undefined {
  if (clause.node !== 'operation' || !['==', '!=', 'in'].includes(clause.operator)) return undefined;
  const [first, ...others] = clause.operands as [Node, ...Node[]];
  const turned = clause.operator !== 'in' && foldConstant(first) !== undefined;
  const subject = turned ? (others[0] as Node) : first;
  const canonical = canonicalForm(subject.type) ?? ((value: Value): Value | undefined => value);
  const values = (turned ? [first] : others).map(operand => {
    const value = foldConstant(operand)?.value;
    return value === undefined ? undefined : canonical(value);
  });
  if (foldConstant(subject) !== undefined || values.includes(undefined)) return undefined;
  return {
    subject: printTree(subject),
    values: values as Value[],
    negated: clause.operator === '!=',
  };
}

/** Calls that always fail, because a constant in them is malformed: `ip("x")`, `"[".matches(request.path)`. */
export function constantProblems(tree: Node): readonly ExpressionProblem[] {
  const inner = partsOf(tree).flatMap(constantProblems);
  if (inner.length > 0 || tree.node !== 'call') return inner;
  const declared = functions.get(tree.name);
  const argument = tree.args[declared?.prepare?.argument ?? 0];
  if (declared === undefined || argument === undefined || !alwaysFails(tree, argument, declared)) return [];
  const hint = `${tree.name}: ${declared.summary}`;
  return [
    problemAt(
      'EXPRESSION_BAD_CONSTANT',
      argument,
      `"${tree.name}" always fails on ${printTree(argument)}`,
      hint,
    ),
  ];
}

function alwaysFails(call: Node, argument: Node, { prepare }: FunctionDeclaration): boolean {
  const { value } = foldConstant(argument) ?? {};
  if (typeof value !== 'string') return false;
  const folded = foldConstant(call);
  return prepare === undefined
    ? folded !== undefined && folded.value === undefined
    : prepare.make(value) === undefined;
}
