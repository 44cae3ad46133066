import { isMap, type Value, type ValueType, valueTypes } from '../value.ts';
import { decodeBag, encodeValue } from '../vocabulary/decode.ts';
import { formatJson, parseJson } from '../vocabulary/json.ts';
import { Vocabulary } from '../vocabulary/vocabulary.ts';
import { compileExpression, type ExpressionSource } from './compile.ts';
import { formatReferences, Reads } from './reads.ts';

/** One answer of `krater eval --batch`. `referenced` is in the notation of {@link formatReferences}. */
export type BatchAnswer =
  | { readonly value: Value; readonly type: ValueType; readonly referenced: readonly string[] }
  | {
      readonly error: { readonly code: string; readonly message: string };
      readonly phase: 'compile' | 'evaluate';
      readonly type?: ValueType;
      readonly referenced?: readonly string[];
    };

/**
 * Evaluates one line of a batch: `{"expression", "manifest": {name: TYPE}, "attributes"}` as text, so that integers stay
 * exact. An attribute whose value is not of its type fails the expressions that read it; one that the manifest does not
 * declare is left out. A malformed line is an error of phase `compile`.
 *
 * @example evalLine('{"expression": "a + 2", "manifest": {"a": "INT64"}, "attributes": {"a": 1}}')
 * // { value: 3, type: 'INT64', referenced: ['a'] }
 */
export function evalLine(line: string): BatchAnswer {
  const request = readLine(line);
  if (typeof request === 'string')
    return { error: { code: 'EXPRESSION_BAD_LINE', message: request }, phase: 'compile' };
  const { expression: source, vocabulary, attributes } = request;
  const compiled = compileExpression(source, vocabulary, { badConstants: 'evaluated' });
  if (!compiled.ok) {
    const [problem] = compiled.problems;
    const { code = '', message = '' } = problem ?? {};
    return { error: { code, message }, phase: 'compile', ...(compiled.type && { type: compiled.type }) };
  }
  const { expression } = compiled;
  const { bag } = decodeBag(vocabulary, attributes);
  const reads = new Reads();
  const value = expression.evaluate(bag, reads);
  const { type } = expression;
  const referenced = formatReferences(reads.references(bag));
  if (value !== undefined) return { value: encodeValue(type, value), type, referenced };
  const { code, message } = expression.why(bag) ?? {
    code: 'EXPRESSION_FAILED',
    message: 'the expression has no value',
  };
  return { error: { code, message }, phase: 'evaluate', type, referenced };
}

/** An answer as a line of JSON; integers beyond 2^53 keep their digits. */
export function formatAnswer(answer: BatchAnswer): string {
  return formatJson(answer);
}

interface BatchRequest {
  readonly expression: ExpressionSource;
  readonly vocabulary: Vocabulary;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function readLine(line: string): BatchRequest | string {
  let request: unknown;
  try {
    request = parseJson(line);
  } catch (error) {
    return `the line is no JSON: ${(error as Error).message}`;
  }
  if (!isMap(request)) return 'the line is no JSON object with "expression", "manifest" and "attributes"';
  const { expression, manifest = {}, attributes = {} } = request;
  if (!['string', 'number', 'bigint', 'boolean'].includes(typeof expression) && !isMap(expression)) {
    return '"expression" is neither a text nor a JSON Logic object';
  }
  if (!isMap(manifest) || !isMap(attributes)) return '"manifest" and "attributes" are JSON objects';
  const declarations = [];
  for (const [name, type] of Object.entries(manifest)) {
    if (!valueTypes.includes(type as ValueType))
      return `"${name}" has unknown type ${formatJson(type)}; types are ${valueTypes.join(', ')}`;
    declarations.push({ name, type: type as ValueType, description: '', available: 'check' as const });
  }
  return { expression: expression as ExpressionSource, vocabulary: new Vocabulary(declarations), attributes };
}
