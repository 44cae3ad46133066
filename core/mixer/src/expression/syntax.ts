import type { Value, ValueType } from '../value.ts';
import type { ExpressionCode } from './codes.ts';
import type { ExpressionProblem } from './expression.ts';
import type { Operator } from './tree.ts';

/** What a parser makes of a text or a JSON Logic object, before names and types are looked at. */
export type Syntax = LiteralSyntax | NameSyntax | IndexSyntax | CallSyntax | OperationSyntax;

/** Offsets into the text; for JSON Logic, the path of the operand. */
export interface Where {
  readonly start: number;
  readonly end: number;
  readonly path?: readonly (string | number)[];
}

export interface LiteralSyntax extends Where {
  readonly syntax: 'literal';
  readonly type: ValueType;
  readonly value: Value;
  /**
   * Its type is settled by what stands beside it: a string that may also be a duration (`duration`), or, in JSON Logic,
   * a number without fraction (`number`) or any string (`text`).
   */
  readonly open?: 'duration' | 'number' | 'text';
}
export interface NameSyntax extends Where {
  readonly syntax: 'name';
  readonly name: string;
}
export interface IndexSyntax extends Where {
  readonly syntax: 'index';
  readonly map: Syntax;
  readonly key: Syntax;
}
export interface CallSyntax extends Where {
  readonly syntax: 'call';
  readonly name: string;
  /** Called as `receiver.name(…)`; the receiver is the first argument. */
  readonly method: boolean;
  readonly args: readonly Syntax[];
}
export interface OperationSyntax extends Where {
  readonly syntax: 'operation';
  /** JSON Logic's test of a value by its type, and its `+` of texts only; they are not in the typed tree. */
  readonly operator: Operator | 'truthy' | 'cat';
  readonly operands: readonly Syntax[];
}

/** Nesting beyond this is refused, in text and in JSON Logic. */
export const deepest = 200;
/** Texts beyond this are refused. */
export const longest = 65_536;

/** Thrown by a parser at its first mistake, and caught at its door. */
export class Refusal {
  readonly problem: ExpressionProblem;
  constructor(problem: ExpressionProblem) {
    this.problem = problem;
  }
}

export function problemAt(
  code: ExpressionCode,
  where: Where,
  message: string,
  hint?: string,
): ExpressionProblem {
  const { start, end, path } = where;
  return { code, message, start, end, ...(hint !== undefined && { hint }), ...(path && { path }) };
}
