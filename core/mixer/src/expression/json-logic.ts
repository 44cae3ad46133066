import { nearest } from '@krater/documents';
import { int64Of } from '../vocabulary/int64.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { ExpressionCode } from './codes.ts';
import type { Parsed } from './parser.ts';
import { deepest, problemAt, Refusal, type Syntax, type Where } from './syntax.ts';
import type { Operator } from './tree.ts';

/** Where the whole of JSON Logic is at home. */
export const elsewhere = 'the jsonlogic adapter evaluates JSON Logic as it is';
/** Aliases in YAML can make a small document stand for a huge rule. */
const mostParts = 10_000;

type Path = readonly (string | number)[];
type Translate = (operands: readonly Syntax[], at: Where) => Syntax;

/**
 * Translates a JSON Logic rule to the syntax that texts are parsed to; from there on both are the same. `{"var": "a.b"}`
 * is an attribute, or the key of the longest map attribute that the name begins with. The first mistake ends it.
 */
export function translateJsonLogic(rule: unknown, vocabulary: Vocabulary): Parsed {
  try {
    return { ok: true, syntax: new Translator(vocabulary).rule(rule, []) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

function refusal(code: ExpressionCode, path: Path, message: string, hint: string): Refusal {
  return new Refusal(problemAt(code, { start: 0, end: 0, path }, message, hint));
}

const operation =
  (operator: Operator | 'truthy' | 'cat'): Translate =>
  (operands, at) => ({ syntax: 'operation', operator, operands, ...at });
const not: Translate = (operands, at) => operation('!')([operation('truthy')(operands, at)], at);

function between(operator: '<' | '<='): Translate {
  return (operands, at) => {
    const [low, middle, high] = operands as [Syntax, Syntax, Syntax | undefined];
    if (high === undefined) return operation(operator)(operands, at);
    return operation('&&')(
      [operation(operator)([low, middle], at), operation(operator)([middle, high], at)],
      at,
    );
  };
}

/** `if`: pairs of a test and a value, then the last value. */
const choose: Translate = (operands, at) => {
  let chosen = operands.at(-1) as Syntax;
  for (let index = operands.length - 3; index >= 0; index -= 2) {
    const test = operation('truthy')([operands[index] as Syntax], at);
    chosen = {
      syntax: 'call',
      name: 'conditional',
      method: false,
      args: [test, operands[index + 1] as Syntax, chosen],
      ...at,
    };
  }
  return chosen;
};

interface OperationRule {
  readonly least: number;
  readonly most: number;
  readonly translate: Translate;
}
const rule = (least: number, most: number, translate: Translate): OperationRule => ({
  least,
  most,
  translate,
});

const operations: ReadonlyMap<string, OperationRule> = new Map([
  ['==', rule(2, 2, operation('=='))],
  ['===', rule(2, 2, operation('=='))],
  ['!=', rule(2, 2, operation('!='))],
  ['!==', rule(2, 2, operation('!='))],
  ['<', rule(2, 3, between('<'))],
  ['<=', rule(2, 3, between('<='))],
  ['>', rule(2, 2, operation('>'))],
  ['>=', rule(2, 2, operation('>='))],
  [
    'and',
    rule(1, mostParts, (operands, at) =>
      operands.length === 1 ? (operands[0] as Syntax) : operation('&&')(operands, at),
    ),
  ],
  [
    'or',
    rule(1, mostParts, (operands, at) =>
      operands.length === 1 ? (operands[0] as Syntax) : operation('||')(operands, at),
    ),
  ],
  ['!', rule(1, 1, not)],
  ['!!', rule(1, 1, operation('truthy'))],
  ['if', rule(3, 2 * deepest + 1, choose)],
  ['?:', rule(3, 3, choose)],
  ['cat', rule(1, mostParts, operation('cat'))],
  ['+', rule(2, mostParts, operation('+'))],
  ['*', rule(2, mostParts, operation('*'))],
  ['-', rule(1, 2, (operands, at) => operation(operands.length === 1 ? 'neg' : '-')(operands, at))],
  ['/', rule(2, 2, operation('/'))],
  ['%', rule(2, 2, operation('%'))],
]);
const special = ['var', 'missing', 'in'];

class Translator {
  readonly #vocabulary: Vocabulary;
  #parts = 0;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  rule(value: unknown, path: Path): Syntax {
    if (++this.#parts > mostParts || path.length > 2 * deepest) {
      const message = `a JSON Logic rule has at most ${mostParts} parts in ${deepest} levels`;
      throw refusal('EXPRESSION_TOO_LARGE', path, message, elsewhere);
    }
    if (typeof value !== 'object') return literal(value, path);
    if (value === null)
      throw untypeable(path, 'null has no type', 'test for absence with {"missing": ["NAME"]}');
    if (Array.isArray(value))
      throw untypeable(path, 'a list has no type; it stands only as the second operand of "in"');
    const names = Object.keys(value);
    const [name] = names;
    if (name === undefined || names.length > 1) {
      throw untypeable(path, `an operation is an object with one key, this has ${names.length}`);
    }
    return this.#operation(name, (value as Readonly<Record<string, unknown>>)[name], [...path, name]);
  }

  #operation(name: string, given: unknown, path: Path): Syntax {
    const at: Where = { start: 0, end: 0, path };
    const listed = Array.isArray(given);
    const operands: readonly unknown[] = listed ? given : [given];
    const place = (index: number): Path => (listed ? [...path, index] : path);
    if (name === 'var') return this.#variable(operands, path, place);
    if (name === 'missing') {
      const args = operands.map((operand, index) => this.#named(operand, place(index)));
      return { syntax: 'call', name, method: false, args, ...at };
    }
    if (name === 'in') return this.#membership(operands, at, place);
    const known = operations.get(name);
    if (known === undefined) {
      const near = nearest(name, [...operations.keys(), ...special]);
      throw untypeable(path, `operation "${name}" has no type here`, near && `did you mean "${near}"?`);
    }
    const { least, most, translate } = known;
    const fits =
      operands.length >= least && operands.length <= most && (name !== 'if' || operands.length % 2 === 1);
    if (!fits) {
      const wanted =
        name === 'if'
          ? 'a test and a value each, and a last value'
          : least === most
            ? least
            : `${least} or more`;
      throw refusal(
        'EXPRESSION_ARITY',
        path,
        `"${name}" takes ${wanted}, found ${operands.length} operands`,
        elsewhere,
      );
    }
    return translate(
      operands.map((operand, index) => this.rule(operand, place(index))),
      at,
    );
  }

  #variable(operands: readonly unknown[], path: Path, place: (index: number) => Path): Syntax {
    const [name, ...defaults] = operands;
    const variable = this.#named(name, place(0));
    if (defaults.length === 0) return variable;
    if (defaults.length > 1)
      throw refusal('EXPRESSION_ARITY', path, '"var" takes a name and a default', 'remove the rest');
    return operation('|')([variable, this.rule(defaults[0], place(1))], { start: 0, end: 0, path });
  }

  #named(name: unknown, path: Path): Syntax {
    const at: Where = { start: 0, end: 0, path };
    if (typeof name !== 'string' || name === '')
      throw untypeable(path, 'a variable is named by a text', 'write {"var": "request.method"}');
    for (let end = name.length; end > 0 && this.#vocabulary.slotOf(name) === undefined; ) {
      end = name.lastIndexOf('.', end - 1);
      const map = this.#vocabulary.get(name.slice(0, Math.max(end, 0)));
      if (map?.type !== 'STRING_MAP') continue;
      const key = literal(name.slice(end + 1), path);
      return { syntax: 'index', map: { syntax: 'name', name: map.name, ...at }, key, ...at };
    }
    return { syntax: 'name', name, ...at };
  }

  #membership(operands: readonly unknown[], at: Where, place: (index: number) => Path): Syntax {
    const [part, whole] = operands;
    if (operands.length !== 2)
      throw refusal('EXPRESSION_ARITY', at.path ?? [], '"in" takes two operands', elsewhere);
    const subject = this.rule(part, place(0));
    if (!Array.isArray(whole)) return substring(subject, this.rule(whole, place(1)), at);
    if (whole.length === 0) throw untypeable(place(1), 'the list of "in" is empty');
    const members = whole.map((member, index) => this.rule(member, [...place(1), index]));
    return operation('in')([subject, ...members], at);
  }
}

/** JSON Logic finds nothing in an empty text, not even an empty one. */
function substring(part: Syntax, whole: Syntax, at: Where): Syntax {
  const contains: Syntax = { syntax: 'call', name: 'contains', method: false, args: [whole, part], ...at };
  if ([part, whole].some(text => text.syntax === 'literal' && text.value !== '')) return contains;
  const empty = literal('', at.path ?? []);
  return operation('&&')([operation('!=')([whole, empty], at), contains], at);
}

function untypeable(path: Path, message: string, hint?: string): Refusal {
  return refusal('EXPRESSION_NOT_TYPEABLE', path, message, hint ? `${hint}; ${elsewhere}` : elsewhere);
}

function literal(value: unknown, path: Path): Syntax {
  const at = { syntax: 'literal', start: 0, end: 0, path } as const;
  if (typeof value === 'string') return { ...at, type: 'STRING', value, open: 'text' };
  if (typeof value === 'boolean') return { ...at, type: 'BOOL', value };
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const integer = int64Of(value as number | bigint);
    if (integer !== undefined) return { ...at, type: 'INT64', value: integer, open: 'number' };
  }
  if (typeof value === 'number' && Number.isFinite(value)) return { ...at, type: 'DOUBLE', value };
  throw refusal('EXPRESSION_BAD_NUMBER', path, `${String(value)} does not fit INT64 or DOUBLE`, elsewhere);
}
