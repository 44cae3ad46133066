import type { Value } from '../value.ts';
import { buildAlternative } from './alternatives.ts';
import { buildClosure, type Closure } from './closures.ts';
import { foldConstant } from './constant.ts';
import { type FunctionDeclaration, functions } from './functions.ts';
import { absent } from './leaves.ts';
import type { Call, Node } from './tree.ts';

/** A function call: arguments from left to right until one has no value; patterns and ranges prepared once. */
export function buildCall(node: Call, record: boolean): Closure {
  const { name, args } = node;
  if (name === 'conditional') return buildConditional(args as [Node, Node, Node], record);
  if (name === 'missing') return buildMissing(args, record);
  const declared = functions.get(name) as FunctionDeclaration;
  const prepared = buildPrepared(declared, args, record);
  if (prepared !== undefined) return prepared;
  const run = declared.run as (...values: Value[]) => Value | undefined;
  const [a, b] = args.map(arg => buildClosure(arg, record)) as [Closure, Closure];
  if (args.length === 1) {
    return (values, reads) => {
      const value = a(values, reads);
      return value === undefined ? undefined : run(value);
    };
  }
  if (args.length === 2) {
    return (values, reads) => {
      const one = a(values, reads);
      if (one === undefined) return undefined;
      const other = b(values, reads);
      return other === undefined ? undefined : run(one, other);
    };
  }
  const closures = args.map(arg => buildClosure(arg, record));
  return (values, reads) => {
    const given: Value[] = [];
    for (const closure of closures) {
      const value = closure(values, reads);
      if (value === undefined) return undefined;
      given.push(value);
    }
    return run(...given);
  };
}

function buildPrepared(
  { prepare }: FunctionDeclaration,
  args: readonly Node[],
  record: boolean,
): Closure | undefined {
  const constant = prepare && foldConstant(args[prepare.argument] as Node)?.value;
  if (prepare === undefined || constant === undefined) return undefined;
  const test = prepare.make(constant as string);
  const read = buildClosure(args[1 - prepare.argument] as Node, record);
  return (values, reads) => {
    const value = read(values, reads);
    return value === undefined ? undefined : test?.(value as string);
  };
}

function buildConditional([test, yes, no]: readonly [Node, Node, Node], record: boolean): Closure {
  const [choose, a, b] = [buildClosure(test, record), buildClosure(yes, record), buildClosure(no, record)];
  return (values, reads) => {
    const chosen = choose(values, reads);
    return chosen === undefined ? undefined : chosen === true ? a(values, reads) : b(values, reads);
  };
}

/** JSON Logic's test: whether one of these is absent, or an empty text. */
function buildMissing(args: readonly Node[], record: boolean): Closure {
  const alternatives = args.map(arg => buildAlternative(arg, record));
  return (values, reads) => {
    for (const alternative of alternatives) {
      const value = alternative(values, reads);
      if (value === absent || value === '') return true;
    }
    return false;
  };
}
