/** What is known of one JSON Logic operation. */
export interface Operation {
  /** It computes with null where an operand is missing, and may so come out true: its operands must be present. */
  readonly needsPresent?: boolean;
  /** Its second operand is evaluated once for each element of the first, which it sees instead of the instance. */
  readonly iterates?: boolean;
}

const computes: Operation = { needsPresent: true };
const iterates: Operation = { iterates: true };

/** The operations that a policy may use. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    var: {},
    missing: {},
    missing_some: {},
    and: {},
    or: {},
    '!!': {},
    '==': {},
    '===': {},
    in: {},
    merge: {},
    if: computes,
    '?:': computes,
    '!': computes,
    '!=': computes,
    '!==': computes,
    '<': computes,
    '<=': computes,
    '>': computes,
    '>=': computes,
    cat: computes,
    substr: computes,
    '+': computes,
    '-': computes,
    '*': computes,
    '/': computes,
    '%': computes,
    min: computes,
    max: computes,
    map: iterates,
    filter: iterates,
    reduce: iterates,
    all: iterates,
    some: iterates,
    none: { iterates: true, needsPresent: true },
  } satisfies Record<string, Operation>),
);

/** The operations of JSON Logic that a policy may not use, and why. */
export const refusedOperations: ReadonlyMap<string, string> = new Map([
  ['log', 'it writes to the console at every request'],
  ['method', 'it calls into the values of a request'],
]);
