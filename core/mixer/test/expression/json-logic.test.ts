import fc from 'fast-check';
import jsonLogic from 'json-logic-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codes } from '../../src/expression/codes.ts';
import {
  Bag,
  compileExpression,
  type ExpressionSource,
  stringMap,
  type Value,
  Vocabulary,
} from '../../src/index.ts';
import { cases } from './random.ts';

const test = suite('JSON Logic is a second spelling');

const types = {
  name: 'STRING',
  'user.mail': 'STRING',
  size: 'INT64',
  'user.age': 'INT64',
  ratio: 'DOUBLE',
  open: 'BOOL',
  labels: 'STRING_MAP',
  source: 'IP_ADDRESS',
} as const;
const vocabulary = new Vocabulary(
  Object.entries(types).map(([name, type]) => ({ name, type, description: '', available: 'check' as const })),
);

type Rule = ExpressionSource;
const compile = (rule: Rule) => compileExpression(rule, vocabulary);
const problemsOf = (rule: Rule) => {
  const compiled = compile(rule);
  return compiled.ok ? [] : compiled.problems;
};

interface Facts {
  readonly name: string;
  readonly mail: string;
  readonly size: number;
  readonly age: number;
  readonly ratio: number;
  readonly open: boolean;
  readonly app: string;
}

function bagOf({ name, mail, size, age, ratio, open, app }: Facts): Bag {
  const values: Record<string, Value> = {
    name,
    'user.mail': mail,
    size,
    'user.age': age,
    ratio,
    open,
    labels: stringMap({ app }),
  };
  const bag = new Bag(vocabulary);
  for (const [attribute, value] of Object.entries(values)) bag.put(attribute, value);
  return bag;
}

const word = fc.constantFrom('', 'a', 'ab', 'b', '5s', '0');
const facts: fc.Arbitrary<Facts> = fc.record({
  name: word,
  mail: word,
  size: fc.integer({ min: -3, max: 3 }),
  age: fc.integer({ min: 0, max: 100 }),
  ratio: fc.constantFrom(-1.5, 0.5, 2.25),
  open: fc.boolean(),
  app: word,
});

const operation = (name: string, ...operands: fc.Arbitrary<unknown>[]) =>
  fc.tuple(...operands).map(given => ({ [name]: given }));
const variable = (...names: string[]) => fc.constantFrom(...names).map(name => ({ var: name }));

/** Well-typed rules with every operation that has a type. */
const { BOOL: rules } = fc.letrec<{ BOOL: unknown; STRING: unknown; INT64: unknown; DOUBLE: unknown }>(
  tie => {
    const [b, s, i, d] = [tie('BOOL'), tie('STRING'), tie('INT64'), tie('DOUBLE')];
    const any = (...arbitraries: fc.Arbitrary<unknown>[]) =>
      fc.oneof({ maxDepth: 4, depthIdentifier: 'rule' }, ...arbitraries);
    const comparing = (...operands: fc.Arbitrary<unknown>[]) =>
      fc
        .constantFrom('==', '===', '!=', '!==', '<', '<=', '>', '>=')
        .chain(name => operation(name, ...operands));
    return {
      BOOL: any(
        variable('open'),
        fc.boolean(),
        comparing(s, s),
        comparing(i, i),
        comparing(d, d),
        operation('<', i, i, i),
        operation('<=', d, d, d),
        operation('and', b, b, b),
        operation('or', b, b),
        fc.oneof(b, s, i).map(operand => ({ '!': [operand] })),
        fc.oneof(b, s, i).map(operand => ({ '!!': operand })),
        operation('if', fc.oneof(b, s, i), b, b, b, b),
        fc
          .tuple(s, fc.array(word, { minLength: 1, maxLength: 3 }))
          .map(([part, list]) => ({ in: [part, list] })),
        operation('in', s, s),
        fc.constantFrom('name', 'labels.app').map(name => ({ '!': [{ missing: [name, 'size'] }] })),
      ),
      STRING: any(
        variable('name', 'user.mail', 'labels.app'),
        word,
        word.map(instead => ({ var: ['labels.app', instead] })),
        operation('cat', s, s),
        operation('if', b, s, s),
      ),
      INT64: any(
        variable('size', 'user.age'),
        fc.integer({ min: -5, max: 5 }),
        operation('+', i, i, i),
        operation('-', i, i),
        operation('*', i, i),
        operation('%', i, i),
        i.map(operand => ({ '-': [operand] })),
      ),
      DOUBLE: any(
        variable('ratio'),
        fc.constantFrom(0.5, 1.75),
        operation('+', d, d),
        operation('-', d, d),
        operation('/', d, d),
      ),
    };
  },
);

test('agrees with json-logic-js over complete, well-typed bags', () => {
  fc.assert(
    fc.property(rules, facts, (rule, given) => {
      const compiled = compile(rule as Rule);
      if (!compiled.ok) throw new Error(`${JSON.stringify(rule)}: ${compiled.problems[0]?.message}`);
      const bag = bagOf(given);
      const value = compiled.expression.evaluate(bag);
      if (value === undefined && compiled.expression.why(bag)?.code === 'EXPRESSION_DIVISION_BY_ZERO') return;
      const { name, mail, size, age, ratio, open, app } = given;
      const data = { name, user: { mail, age }, size, ratio, open, labels: { app } };
      assert.is(value, jsonLogic.apply(rule as never, data), JSON.stringify(rule));
    }),
    { numRuns: cases },
  );
});

test('reads a name as the key of the longest map it begins with', () => {
  const compiled = compile({ '==': [{ var: 'labels.app.kubernetes.io/name' }, 'x'] });
  assert.ok(compiled.ok);
  const bag = new Bag(vocabulary).put('labels', stringMap({ 'app.kubernetes.io/name': 'x' }));
  assert.is(compiled.ok && compiled.expression.evaluate(bag), true);
});

test('a constant takes the type of what it is compared with', () => {
  assert.equal(problemsOf({ '==': [{ var: 'ratio' }, 1] }), []);
  assert.equal(problemsOf({ '==': [{ var: 'source' }, '10.0.0.1'] }), []);
  assert.is(problemsOf({ '==': [{ var: 'source' }, 'nowhere'] })[0]?.code, 'EXPRESSION_TYPE_MISMATCH');
});

test('an absent variable is unknown, unlike null', () => {
  const compiled = compile({ '!=': [{ var: 'name' }, 'root'] });
  assert.ok(compiled.ok);
  assert.is(compiled.ok && compiled.expression.evaluate(new Bag(vocabulary)), undefined);
});

test('what cannot be typed names the operand and the jsonlogic adapter', () => {
  for (const [rule, path] of [
    [{ and: [true, { map: [{ var: 'name' }, true] }] }, ['and', 1, 'map']],
    [{ '==': [{ var: 'size' }, '1'] }, ['==', 1]],
    [{ '==': [{ var: 'name' }, null] }, ['==', 1]],
    [{ '+': ['1', '2'] }, ['+']],
    [{ and: [{ var: 'name' }, true] }, ['and', 0, 'var']],
    [{ '==': [1, 1], '!=': [1, 2] }, []],
  ] as const) {
    const [problem] = problemsOf(rule);
    assert.equal(problem?.path, path, JSON.stringify(rule));
    assert.match(problem?.hint ?? '', 'jsonlogic adapter');
  }
});

test('suggests the nearest operation and attribute', () => {
  assert.match(problemsOf({ vra: 'name' })[0]?.hint ?? '', 'did you mean "var"?');
  assert.match(problemsOf({ '!': { var: 'nmae' } })[0]?.hint ?? '', 'did you mean "name"?');
});

test('a rule that is too deep, too large or refers to itself is refused', () => {
  let deep: unknown = true;
  for (let level = 0; level < 10_000; level++) deep = { '!': [deep] };
  assert.is(problemsOf(deep as Rule)[0]?.code, 'EXPRESSION_TOO_LARGE');
  let wide: unknown = { var: 'open' };
  for (let level = 0; level < 40; level++) wide = { and: [wide, wide] };
  assert.is(problemsOf(wide as Rule)[0]?.code, 'EXPRESSION_TOO_LARGE');
  const circular: Record<string, unknown> = {};
  circular['!'] = [circular];
  assert.is(problemsOf(circular)[0]?.code, 'EXPRESSION_TOO_LARGE');
});

test('any JSON is translated or refused with a known code, and whatever compiles can be evaluated', () => {
  const names = [
    'var',
    'missing',
    'in',
    '==',
    '<',
    'and',
    'or',
    '!',
    '!!',
    'if',
    'cat',
    '+',
    '-',
    '*',
    '/',
    '%',
    'map',
    '__proto__',
    'constructor',
  ];
  const { rule } = fc.letrec<{ rule: unknown }>(tie => ({
    rule: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'any' },
      fc.constantFrom<unknown>(
        'name',
        'size',
        'labels.app',
        '__proto__',
        'open',
        null,
        true,
        1,
        -0,
        1.5,
        1e300,
        2n ** 63n,
      ),
      fc.jsonValue({ maxDepth: 2 }),
      fc
        .tuple(fc.constantFrom(...names), fc.oneof(tie('rule'), fc.array(tie('rule'), { maxLength: 4 })))
        .map(([name, given]) => {
          const made = Object.create(null);
          made[name] = given;
          return made;
        }),
    ),
  }));
  fc.assert(
    fc.property(rule, facts, (given, about) => {
      if (typeof given !== 'object' || given === null) return;
      const compiled = compile(given as Rule);
      if (compiled.ok) compiled.expression.evaluate(bagOf(about));
      else for (const { code } of compiled.problems) assert.ok(code in codes, code);
    }),
    { numRuns: cases },
  );
});

test.run();
