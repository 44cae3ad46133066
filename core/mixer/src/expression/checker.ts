import { nearest } from '@krater/documents';
import type { ValueType } from '../value.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { ExpressionCode } from './codes.ts';
import { foldConstant } from './constant.ts';
import { conversionHint } from './conversion-hint.ts';
import type { ExpressionProblem } from './expression.ts';
import { functions, operationNames } from './functions.ts';
import { firstSettled, passing, settleLiteral } from './open-literals.ts';
import { printTree } from './print.ts';
import {
  type CallSyntax,
  type NameSyntax,
  type OperationSyntax,
  problemAt,
  type Syntax,
  type Where,
} from './syntax.ts';
import type { Literal, Node, Operator } from './tree.ts';

/** A part that was refused; its type where that is known all the same, so that one mistake is told once. */
export interface Refused extends Where {
  readonly node: 'refused';
  readonly type: ValueType | undefined;
}
export type Checked = Node | Refused;

const ordered: readonly ValueType[] = ['STRING', 'INT64', 'DOUBLE', 'TIMESTAMP', 'DURATION'];
const numeric: readonly ValueType[] = ['INT64', 'DOUBLE'];
const additive: readonly ValueType[] = ['STRING', ...numeric];
const comparable: readonly ValueType[] = [
  ...ordered,
  'BOOL',
  'IP_ADDRESS',
  'DNS_NAME',
  'EMAIL_ADDRESS',
  'URI',
];

/** What the operands of an operator may be; all of one operation have the same type. */
const operandTypes: Readonly<Partial<Record<OperationSyntax['operator'], readonly ValueType[]>>> = {
  '==': comparable,
  '!=': comparable,
  in: comparable,
  '<': ordered,
  '<=': ordered,
  '>': ordered,
  '>=': ordered,
  '+': additive,
  '-': numeric,
  '*': numeric,
  '/': numeric,
  '%': numeric,
  neg: numeric,
};

/**
 * Gives every part of an expression its type, against a vocabulary. Nothing is converted by itself; only open literals
 * take the type of what stands beside them. All problems are collected.
 */
export class Checker {
  readonly problems: ExpressionProblem[] = [];
  readonly #vocabulary: Vocabulary;
  readonly #available: 'check' | 'report';

  constructor(vocabulary: Vocabulary, available: 'check' | 'report') {
    this.#vocabulary = vocabulary;
    this.#available = available;
  }

  /** `wanted` settles open literals; whether the type is right is for the caller to say. */
  check(syntax: Syntax, wanted?: ValueType): Checked {
    switch (syntax.syntax) {
      case 'literal':
        return settleLiteral(syntax, wanted);
      case 'name':
        return this.#name(syntax, wanted);
      case 'index': {
        const map = this.#typed(syntax.map, 'STRING_MAP', 'only a STRING_MAP has keys');
        const key = this.#typed(syntax.key, 'STRING', 'a key is a STRING');
        if (map.node === 'refused' || key.node === 'refused') return refused(syntax, 'STRING');
        if (!this.#keyMayBe(map, key, syntax.key)) return refused(syntax, 'STRING');
        return { node: 'index', type: 'STRING', map, key, start: syntax.start, end: syntax.end };
      }
      case 'call':
        return this.#call(syntax, wanted);
      case 'operation':
        return this.#operation(syntax, wanted);
    }
  }

  #problem(code: ExpressionCode, where: Where, message: string, hint?: string): void {
    this.problems.push(problemAt(code, where, message, hint));
  }

  #name(syntax: NameSyntax, wanted: ValueType | undefined): Checked {
    const { name, start, end } = syntax;
    const slot = this.#vocabulary.slotOf(name);
    const declaration = this.#vocabulary.get(name);
    if (slot === undefined || declaration === undefined) {
      const near = nearest(
        name,
        this.#vocabulary.declarations.map(one => one.name),
      );
      // No standard attribute is one word: where a text is wanted, a lone word is one without its quotes.
      const quoted = wanted === 'STRING' && !name.includes('.') ? `write "${name}" for a text` : undefined;
      const meant = near === undefined ? undefined : `did you mean "${near}"?`;
      const hint = [quoted, meant, 'list them with: krater attributes'].filter(part => part !== undefined);
      this.#problem(
        'EXPRESSION_UNKNOWN_ATTRIBUTE',
        syntax,
        `unknown attribute "${name}"`,
        hint.join(quoted === undefined ? '  ' : '; '),
      );
      return refused(syntax, undefined);
    }
    if (declaration.available === 'report' && this.#available === 'check') {
      const message = `attribute "${name}" is known only after the response, but this decides before the request`;
      this.#problem('EXPRESSION_REPORT_ONLY', syntax, message, 'use it in rules with report actions only');
      return refused(syntax, declaration.type);
    }
    return { node: 'attribute', type: declaration.type, name, slot, start, end };
  }

  /** A constant key with a capital, of a map whose keys are in lower case, would never be there. */
  #keyMayBe(map: Node, key: Node, where: Where): boolean {
    if (map.node !== 'attribute' || key.node !== 'literal') return true;
    if (this.#vocabulary.get(map.name)?.lowerCaseKeys !== true) return true;
    const lower = String(key.value).toLowerCase();
    if (key.value === lower) return true;
    const message = `"${map.name}" has its keys in lower case, so there is never a ${JSON.stringify(key.value)}`;
    this.#problem('EXPRESSION_KEY_CASE', where, message, `write ${map.name}[${JSON.stringify(lower)}]`);
    return false;
  }

  /** The pattern comes first: a constant text to look for an attribute's value in is what nobody means. */
  #isSwapped(name: string, [pattern, text]: readonly Node[], where: Where): boolean {
    if (name !== 'matches' || pattern === undefined || text?.node !== 'literal') return false;
    if (foldConstant(pattern) !== undefined) return false;
    const [found, other] = [printTree(pattern), printTree(text)];
    const message = `the pattern comes first: this looks for what "${found}" holds in the text ${other}`;
    this.#problem('EXPRESSION_SWAPPED_PATTERN', where, message, `write ${other}.matches(${found})`);
    return true;
  }

  /** Checks that a part has one type. */
  #typed(syntax: Syntax, type: ValueType, reason: string): Checked {
    const node = this.check(syntax, type);
    if (node.type === undefined || node.type === type) return node;
    this.#problem(
      'EXPRESSION_TYPE_MISMATCH',
      syntax,
      `expected ${type}, found ${node.type}: ${reason}`,
      conversionHint(node.type, type),
    );
    return refused(syntax, type);
  }

  #call(syntax: CallSyntax, wanted: ValueType | undefined): Checked {
    const { name, method, args } = syntax;
    if (name === 'conditional' && !method) return this.#conditional(syntax, wanted);
    if (name === 'missing' && syntax.path !== undefined) return this.#missing(syntax);
    const operator = name === 'pick' ? '|' : operationNames.get(name as never);
    if (operator !== undefined && !method) {
      if (!this.#arity(syntax, name === 'pick' ? args.length || 1 : 2)) return refused(syntax, undefined);
      return this.#operation({ ...syntax, syntax: 'operation', operator, operands: args }, wanted);
    }
    const declared = functions.get(name);
    if (declared === undefined) {
      const near = nearest(name, [...functions.keys(), 'conditional', 'pick']);
      const hint =
        near === undefined
          ? `there are ${[...functions.keys()].join(', ')}, conditional`
          : `did you mean "${near}"?`;
      this.#problem('EXPRESSION_UNKNOWN_FUNCTION', syntax, `unknown function "${name}"`, hint);
      for (const arg of args) this.check(arg);
      return refused(syntax, undefined);
    }
    const { form, parameters, result } = declared;
    if (method && form === 'call') {
      this.#problem(
        'EXPRESSION_NOT_A_METHOD',
        syntax,
        `"${name}" is called without a point`,
        `write ${name}(…)`,
      );
      return refused(syntax, result);
    }
    if (!method && form === 'method') {
      this.#problem(
        'EXPRESSION_NOT_A_FUNCTION',
        syntax,
        `"${name}" is a method`,
        `write ${declared.summary}`,
      );
      return refused(syntax, result);
    }
    const right = this.#arity(syntax, parameters.length);
    const nodes = args.map((arg, index) => {
      const type = parameters[index];
      return type === undefined
        ? this.check(arg)
        : this.#typed(arg, type, `it is argument ${index + 1} of "${name}"`);
    });
    if (!right || !sound(nodes) || this.#isSwapped(name, nodes, syntax)) return refused(syntax, result);
    return { node: 'call', type: result, name, args: nodes, start: syntax.start, end: syntax.end };
  }

  #arity({ name, method, args, ...where }: CallSyntax, wanted: number): boolean {
    if (args.length === wanted) return true;
    const [given, takes] = method ? [args.length - 1, wanted - 1] : [args.length, wanted];
    this.#problem(
      'EXPRESSION_ARITY',
      where,
      `"${name}" takes ${takes} ${takes === 1 ? 'argument' : 'arguments'}, found ${given}`,
      functions.get(name)?.summary,
    );
    return false;
  }

  #conditional(syntax: CallSyntax, wanted: ValueType | undefined): Checked {
    const [test, ...branches] = syntax.args;
    const right = this.#arity(syntax, 3);
    const condition = test && this.#typed(test, 'BOOL', 'it is argument 1 of "conditional"');
    const { type, nodes } = this.#alike(branches, wanted, 'the two branches have one type');
    if (
      !right ||
      condition === undefined ||
      condition.node === 'refused' ||
      type === undefined ||
      !sound(nodes)
    )
      return refused(syntax, type);
    return {
      node: 'call',
      type,
      name: 'conditional',
      args: [condition, ...nodes],
      start: syntax.start,
      end: syntax.end,
    };
  }

  #missing(syntax: CallSyntax): Checked {
    const nodes = syntax.args.map(arg => this.check(arg));
    if (!sound(nodes)) return refused(syntax, 'BOOL');
    return { node: 'call', type: 'BOOL', name: 'missing', args: nodes, start: syntax.start, end: syntax.end };
  }

  #operation(syntax: OperationSyntax, wanted: ValueType | undefined): Checked {
    const { operator, operands } = syntax;
    if (operator === 'truthy') return this.#truthy(syntax);
    if (operator === '&&' || operator === '||' || operator === '!') {
      const nodes = operands.map(operand => this.#typed(operand, 'BOOL', `"${operator}" takes BOOL`));
      return sound(nodes) ? operation(syntax, operator, 'BOOL', nodes) : refused(syntax, 'BOOL');
    }
    if (operator === 'cat') {
      const texts = operands.map(operand => this.#typed(operand, 'STRING', '"cat" takes STRING'));
      if (!sound(texts)) return refused(syntax, 'STRING');
      return texts.length === 1 ? (texts[0] as Node) : operation(syntax, '+', 'STRING', texts);
    }
    const passes = passing.has(operator);
    const { type, nodes } = this.#alike(
      operands,
      passes ? wanted : undefined,
      `both sides of "${operator}" have one type`,
      operator === '+',
    );
    const result = operator === '/' ? 'DOUBLE' : passes ? type : 'BOOL';
    // JSON Logic has an operation of its own for texts
    const allowed = operator === '+' && syntax.path !== undefined ? numeric : operandTypes[operator];
    if (type !== undefined && allowed !== undefined && !allowed.includes(type)) {
      const message = `"${operator === 'neg' ? '-' : operator}" does not take ${type}, only ${allowed.join(', ')}`;
      this.#problem('EXPRESSION_TYPE_MISMATCH', syntax, message);
      return refused(syntax, result);
    }
    return type === undefined || result === undefined || !sound(nodes)
      ? refused(syntax, result)
      : operation(syntax, operator, result, nodes);
  }

  /** JSON Logic's test: a BOOL itself; a text that is not empty; a number that is not zero. */
  #truthy(syntax: OperationSyntax): Checked {
    const operand = this.check(syntax.operands[0] as Syntax);
    if (operand.node === 'refused') return refused(syntax, 'BOOL');
    const { type } = operand;
    if (type === 'BOOL') return operand;
    const value = type === 'STRING' ? '' : type === 'INT64' || type === 'DOUBLE' ? 0 : undefined;
    if (value === undefined) {
      this.#problem(
        'EXPRESSION_NOT_TYPEABLE',
        syntax,
        `a ${type} is neither true nor false`,
        'compare it with something',
      );
      return refused(syntax, 'BOOL');
    }
    const zero: Literal = { node: 'literal', type, value, start: syntax.start, end: syntax.end };
    return operation(syntax, '!=', 'BOOL', [operand, zero]);
  }

  /** Parts that must all have one type: that of the first whose own type is settled. */
  #alike(
    parts: readonly Syntax[],
    wanted: ValueType | undefined,
    reason: string,
    text = false,
  ): { type: ValueType | undefined; nodes: Checked[] } {
    let settled = firstSettled(parts, this.#vocabulary);
    if (text && parts.some(part => part.syntax === 'literal' && part.type === 'STRING')) settled ??= 'STRING';
    settled ??= wanted;
    const nodes = parts.map(part => this.check(part, settled));
    const type = nodes.find(node => node.type !== undefined)?.type;
    for (const [index, node] of nodes.entries()) {
      if (node.type === undefined || node.type === type) continue;
      this.#problem(
        'EXPRESSION_TYPE_MISMATCH',
        parts[index] as Syntax,
        `${type} and ${node.type} do not go together: ${reason}`,
        conversionHint(node.type, type as ValueType),
      );
      nodes[index] = refused(parts[index] as Syntax, type);
    }
    return { type, nodes };
  }
}

function refused({ start, end, path }: Where, type: ValueType | undefined): Refused {
  return { node: 'refused', type, start, end, ...(path && { path }) };
}

function sound(nodes: readonly Checked[]): nodes is readonly Node[] {
  return nodes.every(node => node.node !== 'refused');
}

/** Alternatives and conjunctions within one another are one. */
function operation(
  { start, end }: Where,
  operator: Operator,
  type: ValueType,
  operands: readonly Node[],
): Node {
  const flat = operator === '|' || operator === '&&' || operator === '||';
  const inner = (node: Node): readonly Node[] =>
    flat && node.node === 'operation' && node.operator === operator ? node.operands : [node];
  return {
    node: 'operation',
    operator,
    type,
    operands: flat ? operands.flatMap(inner) : operands,
    start,
    end,
  };
}
