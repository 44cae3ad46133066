import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codes } from '../../src/expression/codes.ts';
import { Bag, compileExpression, standardVocabulary } from '../../src/index.ts';
import { bag, cases, condition, vocabulary } from './random.ts';

const test = suite('the parser');

const problemOf = (source: string, options = {}) => {
  const compiled = compileExpression(source, vocabulary, options);
  assert.not(compiled.ok, `${source} compiles`);
  return compiled.ok ? undefined : compiled.problems[0];
};

/** Source with the marked part between brackets ⟦ ⟧, code, and a part of the hint. */
const mistakes: readonly (readonly [string, string, string?])[] = [
  ['', 'EXPRESSION_EMPTY', 'true'],
  ['as ⟦=⟧ "x"', 'EXPRESSION_SINGLE_EQUALS', '=='],
  ["as == ⟦'foo'⟧", 'EXPRESSION_SINGLE_QUOTES', '"foo"'],
  ['ab ⟦and⟧ bb', 'EXPRESSION_WORD_OPERATOR', '&&'],
  ['ab ⟦OR⟧ bb', 'EXPRESSION_WORD_OPERATOR', '||'],
  ['⟦not⟧ ab', 'EXPRESSION_WORD_OPERATOR', '!'],
  ['⟦+⟧ai', 'EXPRESSION_UNSUPPORTED_OPERATOR', 'leave it out'],
  ['ai ⟦/⟧ bi', 'EXPRESSION_UNSUPPORTED_OPERATOR'],
  ['ai ⟦-⟧ bi', 'EXPRESSION_UNSUPPORTED_OPERATOR'],
  ['ab ⟦?⟧ 1 : 2', 'EXPRESSION_UNSUPPORTED_OPERATOR', 'conditional'],
  ['as == ⟦"foo⟧', 'EXPRESSION_UNTERMINATED_TEXT', '"'],
  ['as == "a⟦\\q⟧"', 'EXPRESSION_BAD_ESCAPE', 'back quotes'],
  ['ai == ⟦9223372036854775808⟧', 'EXPRESSION_BAD_NUMBER', 'INT64'],
  ['ad == ⟦1e999⟧', 'EXPRESSION_BAD_NUMBER'],
  ['adur < ⟦10s⟧', 'EXPRESSION_BAD_NUMBER', '"10s"'],
  ['ai == ⟦0x10⟧', 'EXPRESSION_BAD_NUMBER'],
  ['as == ⟦“⟧x”', 'EXPRESSION_SYNTAX', 'double quotes'],
  ['(ab', 'EXPRESSION_SYNTAX', 'YAML'],
  ['as ⟦bs⟧', 'EXPRESSION_SYNTAX'],
  ['⟦[⟧as]', 'EXPRESSION_SYNTAX', '"in"'],
  ['⟦as in []⟧', 'EXPRESSION_SYNTAX', 'in ["a", "b"]'],
  ['⟦toLower(as).length⟧', 'EXPRESSION_SYNTAX'],
  ['⟦@⟧23', 'EXPRESSION_SYNTAX'],
  ['⟦ass⟧ == "x"', 'EXPRESSION_UNKNOWN_ATTRIBUTE', 'did you mean "as"?'],
  ['⟦tolower(as)⟧ == "x"', 'EXPRESSION_UNKNOWN_FUNCTION', 'did you mean "toLower"?'],
  ['⟦as.size()⟧ == 1', 'EXPRESSION_NOT_A_METHOD', 'size('],
  ['⟦endsWith("x")⟧', 'EXPRESSION_NOT_A_FUNCTION', 'text.endsWith'],
  ['⟦size()⟧ == 1', 'EXPRESSION_ARITY'],
  ['⟦size(as, bs)⟧ == 1', 'EXPRESSION_ARITY'],
  ['⟦as.startsWith("a", "b")⟧', 'EXPRESSION_ARITY'],
  ['ai == ⟦"x"⟧', 'EXPRESSION_TYPE_MISMATCH'],
  ['ai == ⟦1.0⟧', 'EXPRESSION_TYPE_MISMATCH'],
  ['aip == ⟦"10.0.0.1"⟧', 'EXPRESSION_TYPE_MISMATCH', 'ip("10.0.0.1")'],
  ['⟦ar == br⟧', 'EXPRESSION_TYPE_MISMATCH'],
  ['⟦ab < bb⟧', 'EXPRESSION_TYPE_MISMATCH'],
  ['as | ⟦1⟧', 'EXPRESSION_TYPE_MISMATCH'],
  ['!⟦as⟧', 'EXPRESSION_TYPE_MISMATCH'],
  ['⟦as⟧["key"]', 'EXPRESSION_TYPE_MISMATCH'],
  ['ar[⟦1⟧]', 'EXPRESSION_TYPE_MISMATCH'],
  ['⟦"["⟧.matches(as)', 'EXPRESSION_BAD_CONSTANT'],
  ['⟦as.matches("^/admin")⟧', 'EXPRESSION_SWAPPED_PATTERN', 'write "^/admin".matches(as)'],
  ['⟦toLower(as).matches(`^x`)⟧', 'EXPRESSION_SWAPPED_PATTERN', 'write "^x".matches(toLower(as))'],
  ['as == ⟦bob⟧', 'EXPRESSION_UNKNOWN_ATTRIBUTE', 'write "bob" for a text'],
  ['ar[⟦staging⟧] == as', 'EXPRESSION_UNKNOWN_ATTRIBUTE', 'write "staging" for a text'],
  ['"(a)⟦⟧\\\\1".matches(as)', 'EXPRESSION_BAD_CONSTANT'],
  ['ip(⟦"10.0.0.256"⟧) == aip', 'EXPRESSION_BAD_CONSTANT'],
  ['inRange(aip, ⟦"10.0.0.0/33"⟧)', 'EXPRESSION_BAD_CONSTANT'],
  ['timestamp(⟦"yesterday"⟧) < at', 'EXPRESSION_BAD_CONSTANT'],
];

for (const [marked, code, hint] of mistakes) {
  test(`${marked || 'an empty text'} is ${code}`, () => {
    const source = marked.replace(/[⟦⟧]/g, '');
    const problem = problemOf(source);
    assert.is(problem?.code, code, problem?.message);
    const start = marked.indexOf('⟦');
    const end = marked.indexOf('⟧') - 1;
    if (start >= 0 && end > start)
      assert.equal([problem?.start, problem?.end], [start, end], problem?.message);
    if (hint !== undefined) assert.match(problem?.hint ?? '', hint);
  });
}

test('refuses a constant key with a capital where the keys of a map are in lower case', () => {
  for (const name of ['request.headers', 'response.headers']) {
    for (const source of [`${name}["X-User"] == "bob"`, { '==': [{ var: `${name}.X-User` }, 'bob'] }]) {
      const compiled = compileExpression(source, standardVocabulary, { available: 'report' });
      const [problem] = compiled.ok ? [] : compiled.problems;
      assert.is(problem?.code, 'EXPRESSION_KEY_CASE');
      assert.is(problem?.hint, `write ${name}["x-user"]`);
    }
    const lower = compileExpression(`${name}["x-user"] == "bob"`, standardVocabulary, {
      available: 'report',
    });
    assert.ok(lower.ok);
  }
  assert.ok(compileExpression('source.labels["App"] == "x"', standardVocabulary).ok);
});

test('lets one attribute be the pattern for another', () => {
  assert.ok(compileExpression('as.matches(bs)', vocabulary).ok);
});

test('tells every mistake of types at once', () => {
  const compiled = compileExpression('ass == "x" && ai == "y" && size(1) > 2', vocabulary);
  const found = compiled.ok ? [] : compiled.problems.map(({ code }) => code);
  assert.equal(found, [
    'EXPRESSION_UNKNOWN_ATTRIBUTE',
    'EXPRESSION_TYPE_MISMATCH',
    'EXPRESSION_TYPE_MISMATCH',
  ]);
});

test('knows the type of a refused expression where it can', () => {
  const compiled = compileExpression('aip | ip(2)', vocabulary);
  assert.is(compiled.ok ? undefined : compiled.type, 'IP_ADDRESS');
});

test('refuses a value of another type than the place wants', () => {
  assert.is(problemOf('ai', { expects: 'BOOL' })?.code, 'EXPRESSION_WRONG_RESULT');
  assert.is(
    problemOf('ai', { expects: ['STRING', 'IP_ADDRESS'] })?.message,
    'the expression is INT64, expected STRING or IP_ADDRESS',
  );
});

test('bounds length and depth, and takes long flat expressions', () => {
  assert.is(problemOf(`${'('.repeat(1_000)}ab${')'.repeat(1_000)}`)?.code, 'EXPRESSION_TOO_LARGE');
  assert.is(problemOf(`${'!'.repeat(1_000)}ab`)?.code, 'EXPRESSION_TOO_LARGE');
  assert.is(problemOf(`ab${' == ab'.repeat(1_000)}`)?.code, 'EXPRESSION_TOO_LARGE');
  assert.is(problemOf(`ar${'["a"]'.repeat(1_000)}`)?.code, 'EXPRESSION_TOO_LARGE');
  assert.is(problemOf('x'.repeat(70_000))?.code, 'EXPRESSION_TOO_LARGE');
  for (const operator of ['&&', '||', '|']) {
    const compiled = compileExpression(Array(8_000).fill('ab').join(operator), vocabulary);
    assert.ok(compiled.ok);
    if (compiled.ok) assert.is(compiled.expression.evaluate(new Bag(vocabulary).put('ab', true)), true);
  }
  const clauses = compileExpression(Array(4_000).fill('as == "a"').join('&&'), vocabulary);
  assert.is(clauses.ok && clauses.expression.evaluate(new Bag(vocabulary).put('as', 'a')), true);
});

test('any text parses or is refused with a known code and a place inside it', () => {
  const piece = fc.constantFrom(
    'as',
    'ai',
    'ar',
    'ab',
    '"x"',
    '"',
    "'",
    '`',
    '1',
    '1.5',
    '5s',
    '(',
    ')',
    '[',
    ']',
    '==',
    '=',
    '&&',
    '||',
    '|',
    '!',
    '-',
    '+',
    '.',
    ',',
    ' ',
    'in',
    'and',
    'size',
    'match',
    '\\',
    '\u{1f600}',
    '\ud800',
    'é',
    '\n',
    '#',
    '__proto__',
    'conditional',
    'pick',
    'EQ',
  );
  const soup = fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join(''));
  const cut = fc.tuple(condition, fc.nat(), fc.nat(3)).map(([source, at, length]) => {
    const start = at % (source.length + 1);
    return source.slice(0, start) + source.slice(start + length);
  });
  fc.assert(
    fc.property(
      fc.oneof(soup, cut, fc.string(), fc.string({ unit: 'binary' })),
      bag,
      (source, attributes) => {
        const compiled = compileExpression(source, vocabulary);
        if (compiled.ok) {
          compiled.expression.evaluate(attributes);
          return;
        }
        for (const { code, start, end } of compiled.problems) {
          assert.ok(code in codes, code);
          assert.ok(
            start >= 0 && start <= end && end <= source.length,
            `${start}-${end} of ${source.length}`,
          );
        }
      },
    ),
    { numRuns: cases },
  );
});

test.run();
