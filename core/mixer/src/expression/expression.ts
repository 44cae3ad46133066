import type { Place } from '@krater/documents';
import type { Value, ValueType } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { Reads } from './reads.ts';
import type { Node } from './tree.ts';

/**
 * A compiled expression: fused closures over attribute slots.
 *
 * Hot path: held to 1.6 times hand-written code over the same slots (2 times with reads), by spec/bench/expressions.ts.
 */
export interface Expression {
  readonly source: string;
  readonly type: ValueType;
  readonly tree: Node;
  /**
   * The value, or `undefined` where there is none: an attribute was absent in a strict place, or a function failed.
   * `why` tells which. What was read is recorded in `reads`, when given.
   */
  evaluate(bag: Bag, reads?: Reads): Value | undefined;
  /** Why `evaluate` gave no value for this bag: slow, for people. Undefined when it gives one. */
  why(bag: Bag): EvaluationFailure | undefined;
}

export interface EvaluationFailure {
  /** `EXPRESSION_ABSENT` or a code of the failing function. */
  readonly code: string;
  readonly message: string;
  /** The absent attribute, as `name` or `name[key]`. */
  readonly attribute?: string;
}

/** A mistake in an expression's text, by offset; whoever knows the file turns it into a located problem. */
export interface ExpressionProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Offsets into the source text; for JSON Logic, `path` leads to the operand instead. */
  readonly start: number;
  readonly end: number;
  readonly path?: readonly (string | number)[];
}

export type { Place };
