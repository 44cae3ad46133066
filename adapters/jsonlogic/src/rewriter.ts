import { operations, refusedOperations } from './operations.ts';
import { type FindValue, fieldNames, parsePath } from './subject-path.ts';

type Path = readonly (string | number)[];
export type ReportMistake = (path: Path, message: string, hint?: string) => void;

/** Where in the policy the walk is. */
interface Scope {
  readonly path: Path;
  /** Inside how many iterations, and what their bodies may name. */
  readonly iterations: number;
  readonly names: readonly string[];
  /** An operation above would compute with null. */
  readonly needsPresent: boolean;
}

const maxDepth = 50;
const maxNodes = 5_000;
const maxIterations = 2;

/** Checks a policy and replaces what it names by slots `$0`, `$1`, …, which no path of its own can mean. */
export class Rewriter {
  readonly #mistake: ReportMistake;
  readonly #slots = new Map<string, { readonly slot: string; readonly find: FindValue }>();
  #nodes = 0;

  constructor(mistake: ReportMistake) {
    this.#mistake = mistake;
  }

  slots(): readonly { readonly slot: string; readonly find: FindValue }[] {
    return [...this.#slots.values()];
  }

  rewrite(policy: unknown): unknown {
    return this.#node(policy, { path: [], iterations: 0, names: [], needsPresent: false });
  }

  #node(node: unknown, scope: Scope): unknown {
    if (++this.#nodes === maxNodes + 1) this.#mistake([], `a policy of more than ${maxNodes} parts`);
    if (scope.path.length > 2 * maxDepth)
      this.#mistake(scope.path, `a policy nested more than ${maxDepth} deep`);
    if (this.#nodes > maxNodes || scope.path.length > 2 * maxDepth) return null;
    if (Array.isArray(node)) return this.#all(node, scope);
    if (typeof node !== 'object' || node === null) return node;

    const [operation, ...surplus] = Object.keys(node);
    if (operation === undefined || surplus.length > 0) {
      this.#mistake(
        scope.path,
        'an object of a policy is one operation with its operands',
        '{"==": [{"var": "subject.user"}, "zoe"]}',
      );
      return null;
    }
    return this.#operation(operation, (node as Record<string, unknown>)[operation], {
      ...scope,
      path: [...scope.path, operation],
    });
  }

  #all(nodes: readonly unknown[], scope: Scope): unknown[] {
    return nodes.map((node, index) => this.#node(node, { ...scope, path: [...scope.path, index] }));
  }

  #operation(name: string, written: unknown, scope: Scope): unknown {
    const operation = operations.get(name);
    if (operation === undefined) {
      const why = refusedOperations.get(name);
      const allowed = `allowed: ${[...operations.keys()].join(', ')}`;
      const message = why === undefined ? 'unknown operation' : `operation "${name}" is not allowed: ${why}`;
      this.#mistake(scope.path, why === undefined ? `${message} ${JSON.stringify(name)}` : message, allowed);
      return null;
    }
    const operands = Array.isArray(written) ? written : [written];
    if (name === 'var') return this.#variable(operands, scope);
    if (name === 'missing') return this.#missing(operands, scope);
    if (name === 'missing_some') return this.#missingSome(operands, scope);

    const needsPresent =
      scope.needsPresent || operation.needsPresent === true || comparesUnknown(name, operands);
    const inner = { ...scope, needsPresent };
    const at = (index: number) => (Array.isArray(written) ? [...scope.path, index] : scope.path);
    return {
      [name]: operands.map((operand, index) => {
        const body = operation.iterates === true && index === 1;
        return this.#node(operand, { ...(body ? this.#body(name, inner) : inner), path: at(index) });
      }),
    };
  }

  #body(name: string, scope: Scope): Scope {
    if (scope.iterations >= maxIterations)
      this.#mistake(scope.path, `iterations nested more than ${maxIterations} deep`);
    return {
      ...scope,
      iterations: scope.iterations + 1,
      names: name === 'reduce' ? ['current', 'accumulator'] : [''],
    };
  }

  #variable(operands: readonly unknown[], scope: Scope): unknown {
    const [name, ...otherwise] = operands;
    if (scope.iterations > 0) {
      if (operands.length === 1 && scope.names.includes(name as string)) return { var: name };
      const names = scope.names.map(allowed => JSON.stringify(allowed)).join(' or ');
      this.#mistake(scope.path, `inside an iteration only the element can be named, by ${names}`);
      return null;
    }
    const slot = this.#slot(name, scope.path);
    if (otherwise.length > 0)
      return { var: [slot, this.#node(otherwise[0], { ...scope, path: [...scope.path, 1] })] };
    if (scope.needsPresent && slot !== undefined) {
      this.#mistake(
        scope.path,
        `the policy may hold because "${name}" is missing`,
        `say what it is then: {"var": [${JSON.stringify(name)}, ""]}`,
      );
    }
    return { var: slot };
  }

  #slot(name: unknown, path: Path): string | undefined {
    if (typeof name !== 'string') {
      this.#mistake(path, 'what a policy names must be a text, so that it is known beforehand');
      return undefined;
    }
    const known = this.#slots.get(name);
    if (known !== undefined) return known.slot;
    const find = parsePath(name);
    if (find === undefined) {
      this.#mistake(
        path,
        `an authorization instance has no field ${JSON.stringify(name)}`,
        `allowed: ${fieldNames.join(', ')}`,
      );
      return undefined;
    }
    const slot = `$${this.#slots.size}`;
    this.#slots.set(name, { slot, find });
    return slot;
  }

  /** A list of those names whose slots are null or empty, as JSON Logic has it. */
  #missing(operands: readonly unknown[], scope: Scope): unknown {
    if (scope.iterations > 0) this.#mistake(scope.path, 'inside an iteration nothing can be missing');
    const names = Array.isArray(operands[0]) ? operands[0] : operands;
    const each = names.map(name => {
      const slot = { var: this.#slot(name, scope.path) };
      return { if: [{ or: [{ '===': [slot, null] }, { '===': [slot, ''] }] }, [name], []] };
    });
    return { merge: each };
  }

  #missingSome(operands: readonly unknown[], scope: Scope): unknown {
    const [needed, names] = operands;
    if (typeof needed !== 'number' || !Array.isArray(names)) {
      this.#mistake(
        scope.path,
        'missing_some takes a number and a list of names',
        '{"missing_some": [1, ["subject.user", "subject.groups"]]}',
      );
      return null;
    }
    const missing = this.#missing([names], scope);
    const count = { reduce: [missing, { '+': [{ var: 'accumulator' }, 1] }, 0] };
    return { if: [{ '>=': [{ '-': [names.length, count] }, needed] }, [], missing] };
  }
}

/** Two missing operands are equal, and a missing one is found in a text that contains "null". */
function comparesUnknown(name: string, operands: readonly unknown[]): boolean {
  if (name === '==' || name === '===')
    return operands.every(operand => typeof operand === 'object' && operand !== null);
  return name === 'in' && typeof operands[1] === 'string';
}
