import type { ValueType } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import { formatJson } from '../vocabulary/json.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import { constantProblems } from './analysis.ts';
import { Checker } from './checker.ts';
import { buildClosure, type Closure } from './closures.ts';
import type { EvaluationFailure, Expression, ExpressionProblem } from './expression.ts';
import { interpret } from './interpreter.ts';
import { elsewhere, translateJsonLogic } from './json-logic.ts';
import { parse } from './parser.ts';
import type { Reads } from './reads.ts';
import { noReads } from './reads.ts';
import { problemAt } from './syntax.ts';
import type { Node } from './tree.ts';

/** Text in the expression language, a JSON Logic object, or a plain number or truth value as YAML has read it. */
export type ExpressionSource = string | number | bigint | boolean | { readonly [operation: string]: unknown };

export interface CompileOptions {
  /** What the value may be; anything if left out. */
  readonly expects?: ValueType | readonly ValueType[];
  /** `check` if it decides before the request: attributes known only after the response are refused. Default: `report`. */
  readonly available?: 'check' | 'report';
  /**
   * `refused`: calls that always fail because of a malformed constant, such as `ip("x")`, are problems (the default).
   * `evaluated`: they load and fail when evaluated, as in the original.
   */
  readonly badConstants?: 'refused' | 'evaluated';
}

export type Compiled =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[]; readonly type?: ValueType };

/**
 * Parses and type-checks an expression against a vocabulary. Names that are known in one place only (an adapter's
 * `output.field`) are given by `vocabulary.extend(…)`: the expression is then evaluated over `bag.over(extended)`, and
 * reads of those names do not appear in the references of the original bag.
 *
 * @example
 * const compiled = compileExpression('request.size | 0 > 1024', standardVocabulary, { expects: 'BOOL' });
 * if (compiled.ok) compiled.expression.evaluate(bag);
 */
export function compileExpression(
  source: ExpressionSource,
  vocabulary: Vocabulary,
  options: CompileOptions = {},
): Compiled {
  const { expects, available = 'report', badConstants = 'refused' } = options;
  const parsed = typeof source === 'object' ? translateJsonLogic(source, vocabulary) : parse(String(source));
  if (!parsed.ok) return { ok: false, problems: [parsed.problem] };
  const allowed = expects === undefined || typeof expects === 'string' ? expects && [expects] : expects;
  const checker = new Checker(vocabulary, available);
  const checked = checker.check(parsed.syntax, wantedOf(allowed));
  const { type } = checked;
  const { problems } = checker;
  if (type !== undefined && allowed !== undefined && !allowed.includes(type)) {
    problems.push(
      problemAt(
        'EXPRESSION_WRONG_RESULT',
        parsed.syntax,
        `the expression is ${type}, expected ${allowed.join(' or ')}`,
      ),
    );
  }
  if (checked.node !== 'refused' && problems.length === 0 && badConstants === 'refused')
    problems.push(...constantProblems(checked));
  if (checked.node === 'refused' || problems.length > 0) {
    const told = typeof source === 'object' ? problems.map(nameAdapter) : problems;
    return { ok: false, problems: told, ...(type && { type }) };
  }
  const text = typeof source === 'object' ? formatJson(source) : String(source);
  return { ok: true, expression: new CompiledExpression(text, checked) };
}

/** A JSON Logic rule that cannot be typed can still be evaluated elsewhere. */
function nameAdapter(problem: ExpressionProblem): ExpressionProblem {
  if (problem.code !== 'EXPRESSION_TYPE_MISMATCH') return problem;
  return { ...problem, hint: problem.hint === undefined ? elsewhere : `${problem.hint}; ${elsewhere}` };
}

/** What an open literal becomes where it is the whole expression: a text is a DURATION unless only a STRING is wanted. */
function wantedOf(allowed: readonly ValueType[] | undefined): ValueType | undefined {
  if (allowed === undefined) return undefined;
  if (allowed.length === 1) return allowed[0];
  if (allowed.includes('STRING') && !allowed.includes('DURATION')) return 'STRING';
  return allowed.includes('DOUBLE') && !allowed.includes('INT64') ? 'DOUBLE' : undefined;
}

class CompiledExpression implements Expression {
  readonly source: string;
  readonly tree: Node;
  #plain: Closure | undefined;
  #recording: Closure | undefined;

  constructor(source: string, tree: Node) {
    this.source = source;
    this.tree = tree;
  }

  get type(): ValueType {
    return this.tree.type;
  }

  evaluate(bag: Bag, reads?: Reads) {
    if (reads === undefined) return (this.#plain ?? this.#buildPlain())(bag.values, noReads);
    return (this.#recording ?? this.#buildRecording())(bag.values, reads);
  }

  /** Closures are built at the first evaluation: of many rules, few are met without reads. */
  #buildPlain(): Closure {
    this.#plain = buildClosure(this.tree, false);
    return this.#plain;
  }
  #buildRecording(): Closure {
    this.#recording = buildClosure(this.tree, true);
    return this.#recording;
  }

  why(bag: Bag): EvaluationFailure | undefined {
    const outcome = interpret(this.tree, bag.values);
    return outcome.ok ? undefined : outcome.failure;
  }
}
