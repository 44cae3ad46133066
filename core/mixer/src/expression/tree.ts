import type { Value, ValueType } from '../value.ts';

/** A typed expression tree. `start` and `end` are offsets into the source text. */
export type Node = Literal | Attribute | Index | Call | Operation;

interface Span {
  readonly type: ValueType;
  readonly start: number;
  readonly end: number;
}
export interface Literal extends Span {
  readonly node: 'literal';
  readonly value: Value;
}
export interface Attribute extends Span {
  readonly node: 'attribute';
  readonly name: string;
  readonly slot: number;
}
/** `map[key]`. */
export interface Index extends Span {
  readonly node: 'index';
  readonly map: Node;
  readonly key: Node;
}
export interface Call extends Span {
  readonly node: 'call';
  readonly name: string;
  /** The receiver of a method comes first. */
  readonly args: readonly Node[];
}
export type Operator =
  | '&&'
  | '||'
  | '!'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | 'neg'
  | '|'
  | 'in';
export interface Operation extends Span {
  readonly node: 'operation';
  readonly operator: Operator;
  /** For `in`: the subject, then the members. */
  readonly operands: readonly Node[];
}
