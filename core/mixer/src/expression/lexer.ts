import type { Value } from '../value.ts';
import { parseInt64 } from '../vocabulary/int64.ts';
import { unquote } from './quoted.ts';
import { problemAt, Refusal } from './syntax.ts';

export interface Token {
  readonly kind: 'name' | 'string' | 'int' | 'double' | 'operator' | 'end';
  /** The text of a name or operator. */
  readonly text: string;
  readonly value?: Value;
  readonly start: number;
  readonly end: number;
}

const name = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const operator = /&&|\|\||==|!=|<=|>=|<<|>>|[-!<>|+*/%()[\],.=?:&^~@#$;{}\\]/y;

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** The token at an offset, after white space. Throws a Refusal where there is none. */
export function tokenAt(source: string, offset: number): Token {
  let start = offset;
  while (isSpace(source.charCodeAt(start))) start++;
  if (start >= source.length) {
    return { kind: 'end', text: 'the end', start: source.length, end: source.length };
  }
  const code = source.charCodeAt(start);
  if (code === 34 || code === 39 || code === 96) return quotedAt(source, start);
  const sign = match(operator, source, start);
  if (sign !== undefined && !(sign === '.' && isDigit(source.charCodeAt(start + 1)))) {
    return { kind: 'operator', text: sign, start, end: start + sign.length };
  }
  const word = match(name, source, start);
  if (word !== undefined) return { kind: 'name', text: word, start, end: start + word.length };
  const digits = match(number, source, start);
  if (digits !== undefined) return numberAt(source, start, digits);
  const character = String.fromCodePoint(source.codePointAt(start) as number);
  const where = { start, end: start + character.length };
  const hint = /[“”„‘’«»]/.test(character) ? 'write plain double quotes' : undefined;
  const message = `unexpected character ${JSON.stringify(character)}`;
  throw new Refusal(problemAt('EXPRESSION_SYNTAX', where, message, hint));
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function numberAt(source: string, start: number, digits: string): Token {
  const end = start + digits.length;
  const tail = match(name, source, end);
  const where = { start, end: end + (tail?.length ?? 0) };
  if (tail !== undefined) {
    const hint = /^(ns|us|ms|s|m|h)$/.test(tail)
      ? `write a duration in quotes: "${digits}${tail}"`
      : 'a number is decimal digits, with a point for a DOUBLE';
    throw new Refusal(problemAt('EXPRESSION_BAD_NUMBER', where, `malformed number "${digits}${tail}"`, hint));
  }
  if (/^\d+$/.test(digits)) return { kind: 'int', text: digits, start, end };
  const value = Number(digits);
  if (!Number.isFinite(value))
    throw new Refusal(
      problemAt('EXPRESSION_BAD_NUMBER', where, `number "${digits}" is too large for a DOUBLE`),
    );
  return { kind: 'double', text: digits, value, start, end };
}

/** The value of an integer's digits, with its sign: only then is it known whether it fits. */
export function int64At(digits: string, where: { start: number; end: number }): Value {
  const value = parseInt64(digits);
  if (value !== undefined) return value;
  const range = 'INT64 goes from -9223372036854775808 to 9223372036854775807';
  throw new Refusal(
    problemAt('EXPRESSION_BAD_NUMBER', where, `number "${digits}" does not fit INT64`, range),
  );
}

function quotedAt(source: string, start: number): Token {
  const quote = source[start] as string;
  let end = start + 1;
  while (end < source.length && source[end] !== quote && (quote === '`' || source[end] !== '\n')) {
    end += quote !== '`' && source[end] === '\\' ? 2 : 1;
  }
  if (source[end] !== quote) {
    const where = { start, end: Math.min(end, source.length) };
    throw new Refusal(
      problemAt('EXPRESSION_UNTERMINATED_TEXT', where, 'a quoted text has no end', `close it with ${quote}`),
    );
  }
  end++;
  const body = source.slice(start + 1, end - 1);
  const value = quote === '`' ? body.replaceAll('\r', '') : unquote(body, quote, start + 1);
  if (quote === "'" && [...value].length !== 1) {
    const hint = `write ${JSON.stringify(value)}`;
    throw new Refusal(
      problemAt('EXPRESSION_SINGLE_QUOTES', { start, end }, 'single quotes hold exactly one character', hint),
    );
  }
  return { kind: 'string', text: 'a text', value, start, end };
}
