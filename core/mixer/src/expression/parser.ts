import { parseDuration } from '../vocabulary/duration.ts';
import type { ExpressionCode } from './codes.ts';
import type { ExpressionProblem } from './expression.ts';
import { int64At, type Token, tokenAt } from './lexer.ts';
import { deepest, longest, problemAt, Refusal, type Syntax, type Where } from './syntax.ts';
import type { Operator } from './tree.ts';

export type Parsed =
  | { readonly ok: true; readonly syntax: Syntax }
  | { readonly ok: false; readonly problem: ExpressionProblem };

/** Binary operators from loose to tight. Those of the last two levels are chained left to right in one operation each. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '|'],
];
const chained = new Set(['||', '&&', '|', '+']);
const words: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', eq: '==', ne: '!=' };

/**
 * Reads the text of an expression: linear in its length, bounded in depth. The first mistake ends it.
 *
 * From loose to tight: `||`, `&&`, comparisons and `in`, `+` and `|`, unary `!` and `-`, then `f(…)`, `x.f(…)`, `m[…]`.
 */
export function parse(source: string): Parsed {
  try {
    if (source.length > longest) {
      throw refusal(
        'EXPRESSION_TOO_LARGE',
        { start: 0, end: source.length },
        `an expression has at most ${longest} characters, this has ${source.length}`,
      );
    }
    return { ok: true, syntax: new Parser(source).whole() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

function refusal(code: ExpressionCode, where: Where, message: string, hint?: string): Refusal {
  return new Refusal(problemAt(code, where, message, hint));
}

class Parser {
  readonly #source: string;
  #token: Token;
  /** Where the last consumed token ended. */
  #end = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#token = tokenAt(source, 0);
  }

  whole(): Syntax {
    if (this.#token.kind === 'end') {
      throw refusal(
        'EXPRESSION_EMPTY',
        { start: 0, end: this.#source.length },
        'the expression is empty',
        'write true for a match that always applies',
      );
    }
    const syntax = this.#binary(0);
    this.#expectEnd();
    return syntax;
  }

  #advance(): Token {
    const token = this.#token;
    this.#end = token.end;
    this.#token = tokenAt(this.#source, token.end);
    return token;
  }

  #take(operator: string): boolean {
    if (this.#token.kind !== 'operator' || this.#token.text !== operator) return false;
    this.#advance();
    return true;
  }

  #expectEnd(): void {
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end');
  }

  #expect(operator: string, after: string): void {
    if (!this.#take(operator)) throw this.#unexpected(`"${operator}" after ${after}`);
  }

  #deeper(): void {
    if (++this.#depth > deepest) {
      throw refusal(
        'EXPRESSION_TOO_LARGE',
        this.#token,
        `an expression is nested at most ${deepest} levels deep`,
      );
    }
  }

  #binary(level: number): Syntax {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    const depth = this.#depth;
    while (this.#isOneOf(operators)) {
      const operator = this.#advance().text;
      if (operator === 'in') {
        left = this.#membership(left);
      } else {
        const operands = [left, this.#binary(level + 1)];
        while (chained.has(operator) && this.#take(operator)) operands.push(this.#binary(level + 1));
        left = {
          syntax: 'operation',
          operator: operator as Operator,
          operands,
          start: left.start,
          end: this.#end,
        };
      }
      this.#deeper(); // a chain of different operators nests to the left
    }
    this.#depth = depth;
    return left;
  }

  #isOneOf(operators: readonly string[]): boolean {
    const { kind, text } = this.#token;
    return (kind === 'operator' || (kind === 'name' && text === 'in')) && operators.includes(text);
  }

  #membership(subject: Syntax): Syntax {
    this.#expect('[', '"in"');
    const members = this.#list(']');
    if (members.length === 0) {
      throw refusal(
        'EXPRESSION_SYNTAX',
        { start: subject.start, end: this.#end },
        'the list after "in" is empty',
        'write in ["a", "b"]',
      );
    }
    return {
      syntax: 'operation',
      operator: 'in',
      operands: [subject, ...members],
      start: subject.start,
      end: this.#end,
    };
  }

  #unary(): Syntax {
    const { start, text, kind } = this.#token;
    if (kind !== 'operator' || (text !== '!' && text !== '-')) return this.#postfix();
    this.#advance();
    if (text === '-' && this.#token.kind === 'int') {
      const { text: digits, end } = this.#token;
      const value = int64At(`-${digits}`, { start, end });
      this.#advance();
      return { syntax: 'literal', type: 'INT64', value, start, end };
    }
    this.#deeper();
    const operand = this.#unary();
    this.#depth--;
    return {
      syntax: 'operation',
      operator: text === '!' ? '!' : 'neg',
      operands: [operand],
      start,
      end: this.#end,
    };
  }

  #postfix(): Syntax {
    let left = this.#primary();
    const depth = this.#depth;
    for (;;) {
      if (this.#take('[')) {
        const key = this.#nested();
        this.#expect(']', 'the key');
        left = { syntax: 'index', map: left, key, start: left.start, end: this.#end };
      } else if (this.#take('.')) {
        left = this.#member(left);
      } else break;
      this.#deeper();
    }
    this.#depth = depth;
    return left;
  }

  /** After the point: a further part of an attribute's name, or a method. */
  #member(left: Syntax): Syntax {
    if (this.#token.kind !== 'name') throw this.#unexpected('a name after "."');
    const { text, end } = this.#advance();
    if (this.#take('(')) {
      const args = [left, ...this.#list(')')];
      return { syntax: 'call', name: text, method: true, args, start: left.start, end: this.#end };
    }
    if (left.syntax !== 'name') {
      throw refusal(
        'EXPRESSION_SYNTAX',
        { start: left.start, end },
        `only an attribute's name goes on with ".${text}"`,
        `call a method as .${text}(…), read a key as ["${text}"]`,
      );
    }
    return { syntax: 'name', name: `${left.name}.${text}`, start: left.start, end };
  }

  #primary(): Syntax {
    const token = this.#token;
    const { start, end } = token;
    if (token.kind === 'string') {
      this.#advance();
      const value = token.value as string;
      const open = mayBeDuration(value) ? ({ open: 'duration' } as const) : undefined;
      return { syntax: 'literal', type: 'STRING', value, start, end, ...open };
    }
    if (token.kind === 'int') {
      this.#advance();
      return { syntax: 'literal', type: 'INT64', value: int64At(token.text, token), start, end };
    }
    if (token.kind === 'double') {
      this.#advance();
      return { syntax: 'literal', type: 'DOUBLE', value: token.value as number, start, end };
    }
    if (token.kind === 'name') return this.#named();
    if (!this.#take('(')) throw this.#unexpected('a value');
    const inner = this.#nested();
    this.#expect(')', 'the expression in parentheses');
    return { ...inner, start, end: this.#end };
  }

  #named(): Syntax {
    const { text, start, end } = this.#advance();
    if (this.#take('('))
      return { syntax: 'call', name: text, method: false, args: this.#list(')'), start, end: this.#end };
    if (/^(?:true|false)$/i.test(text)) {
      return { syntax: 'literal', type: 'BOOL', value: text.toLowerCase() === 'true', start, end };
    }
    if (text === 'not' && this.#token.kind === 'name') {
      throw refusal('EXPRESSION_WORD_OPERATOR', { start, end }, '"not" is no operator', 'write !');
    }
    return { syntax: 'name', name: text, start, end };
  }

  #list(close: string): Syntax[] {
    const members: Syntax[] = [];
    if (this.#take(close)) return members;
    do members.push(this.#nested());
    while (this.#take(','));
    this.#expect(close, close === ')' ? 'the arguments' : 'the list');
    return members;
  }

  #nested(): Syntax {
    this.#deeper();
    const syntax = this.#binary(0);
    this.#depth--;
    return syntax;
  }

  #unexpected(wanted: string): Refusal {
    const { kind, text } = this.#token;
    const where = { start: this.#token.start, end: this.#token.end };
    const instead = kind === 'name' ? words[text.toLowerCase()] : undefined;
    if (instead !== undefined)
      return refusal('EXPRESSION_WORD_OPERATOR', where, `"${text}" is no operator`, `write ${instead}`);
    if (kind === 'operator' && text === '=')
      return refusal('EXPRESSION_SINGLE_EQUALS', where, '"=" is no operator', 'write == to compare');
    if (kind === 'operator' && text === '+')
      return refusal('EXPRESSION_UNSUPPORTED_OPERATOR', where, 'there is no unary "+"', 'leave it out');
    if (kind === 'operator' && '-*/%?:&^<<>>~'.includes(text)) {
      const hint = '?:'.includes(text)
        ? 'write conditional(test, a, b)'
        : text === '&'
          ? 'write &&'
          : undefined;
      return refusal('EXPRESSION_UNSUPPORTED_OPERATOR', where, `there is no operator "${text}" here`, hint);
    }
    const found =
      kind === 'operator' || kind === 'name'
        ? `"${text}"`
        : kind === 'end'
          ? text
          : `"${this.#source.slice(where.start, where.end)}"`;
    const hint =
      kind === 'end'
        ? 'quote the whole expression if YAML has cut it'
        : text === '['
          ? 'a list stands only after "in"'
          : undefined;
    return refusal('EXPRESSION_SYNTAX', where, `expected ${wanted}, found ${found}`, hint);
  }
}

function mayBeDuration(text: string): boolean {
  const code = text.charCodeAt(0);
  return (
    ((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46) &&
    parseDuration(text) !== undefined
  );
}
