import type { ValueType } from '../value.ts';
import { decodeValue } from '../vocabulary/decode.ts';
import { parseDuration } from '../vocabulary/duration.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import { functions, operationNames } from './functions.ts';
import type { LiteralSyntax, Syntax } from './syntax.ts';
import type { Literal } from './tree.ts';

/**
 * Some literals are open: a text that reads as a duration is a DURATION where one is expected or nothing else says what
 * it is, and in JSON Logic `1` may be a DOUBLE and `"10.0.0.1"` an IP_ADDRESS. What stands beside them settles it.
 */

/** Operators whose value has the type of their operands. */
export const passing: ReadonlySet<string> = new Set(['|', '+', '-', '*', '/', '%', 'neg']);

/** The type that a part has by itself; undefined for open literals and what cannot be known. */
export function settledType(syntax: Syntax, vocabulary: Vocabulary): ValueType | undefined {
  switch (syntax.syntax) {
    case 'literal':
      return syntax.open === undefined ? syntax.type : undefined;
    case 'name':
      return vocabulary.get(syntax.name)?.type;
    case 'index':
      return 'STRING';
    case 'call': {
      const { name, args } = syntax;
      const generic =
        name === 'conditional'
          ? args.slice(1)
          : name === 'pick' || name === 'OR' || name === 'ADD'
            ? args
            : undefined;
      if (generic !== undefined) return firstSettled(generic, vocabulary);
      return (
        functions.get(name)?.result ??
        (operationNames.has(name as never) || name === 'missing' ? 'BOOL' : undefined)
      );
    }
    case 'operation': {
      const { operator, operands } = syntax;
      if (operator === '/' || operator === 'cat') return operator === '/' ? 'DOUBLE' : 'STRING';
      return passing.has(operator) ? firstSettled(operands, vocabulary) : 'BOOL';
    }
  }
}

export function firstSettled(parts: readonly Syntax[], vocabulary: Vocabulary): ValueType | undefined {
  for (const part of parts) {
    const type = settledType(part, vocabulary);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** A literal as the type that is wanted, if it is open and reads as one; otherwise as what it is. */
export function settleLiteral(
  { type, value, open, start, end }: LiteralSyntax,
  wanted: ValueType | undefined,
): Literal {
  const as = (settled: ValueType, given: typeof value): Literal => ({
    node: 'literal',
    type: settled,
    value: given,
    start,
    end,
  });
  if (open === 'number') return wanted === 'DOUBLE' ? as('DOUBLE', Number(value)) : as('INT64', value);
  if (open === 'duration' && (wanted === undefined || wanted === 'DURATION'))
    return as('DURATION', parseDuration(value as string) as number);
  if (open === 'text' && wanted !== undefined && !['INT64', 'DOUBLE', 'BOOL'].includes(wanted)) {
    const decoded = decodeValue(wanted, value);
    if (decoded.ok) return as(wanted, decoded.value);
  }
  return as(type, value);
}
