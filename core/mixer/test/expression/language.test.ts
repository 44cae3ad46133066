import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evalLine } from '../../src/expression/batch.ts';
import { formatJson, type ValueType } from '../../src/index.ts';

const test = suite('the language');

type Facts = Readonly<Record<string, readonly [ValueType, unknown?]>>;

/** The answer of `krater eval`: a value, or the code of what went wrong. Facts without a value are absent. */
function evaluate(expression: string, facts: Facts = {}): unknown {
  const manifest = Object.fromEntries(Object.entries(facts).map(([name, [type]]) => [name, type]));
  const present = Object.entries(facts).filter(([, [, value]]) => value !== undefined);
  const attributes = Object.fromEntries(present.map(([name, [, value]]) => [name, value]));
  const answer = evalLine(formatJson({ expression, manifest, attributes }));
  return 'error' in answer ? answer.error.code : answer.value;
}
function referenced(expression: string, facts: Facts): readonly string[] | undefined {
  const manifest = Object.fromEntries(Object.entries(facts).map(([name, [type]]) => [name, type]));
  const present = Object.entries(facts).filter(([, [, value]]) => value !== undefined);
  return evalLine(
    formatJson({
      expression,
      manifest,
      attributes: Object.fromEntries(present.map(([name, [, value]]) => [name, value])),
    }),
  ).referenced;
}

const absent: Facts = { a: ['BOOL'], b: ['BOOL'], s: ['STRING'] };

test('false decides a conjunction and true a disjunction, whatever is unknown and in whatever order', () => {
  for (const expression of ['false && a', 'a && false', 'a && b && false'])
    assert.is(evaluate(expression, absent), false);
  for (const expression of ['true || a', 'a || true', 'a || b || true'])
    assert.is(evaluate(expression, absent), true);
  for (const expression of ['true && a', 'a && true', 'a || false', '!a', 'a == a']) {
    assert.is(evaluate(expression, absent), 'EXPRESSION_ABSENT');
  }
});

test('an unknown left side and the right side that was looked at both count as read', () => {
  assert.equal(referenced('a && b', { a: ['BOOL'], b: ['BOOL', false] }), ['-a', 'b']);
  assert.equal(referenced('s == "x" && t == "y" && b', { s: ['STRING'], t: ['STRING', 'z'], b: ['BOOL'] }), [
    '-s',
    't',
  ]);
});

test('membership finds a value beside unknown members', () => {
  assert.is(evaluate('"x" in [s, "x"]', absent), true);
  assert.is(evaluate('"x" in [s, "y"]', absent), 'EXPRESSION_ABSENT');
  assert.is(evaluate('n in [1, 2, 3]', { n: ['INT64', 2] }), true);
  assert.is(evaluate('d in [dnsName("FOO.bar."), d]', { d: ['DNS_NAME', 'foo.BAR'] }), true);
});

test('only attributes, keys and alternatives fall through "|"', () => {
  assert.is(evaluate('s | "x"', absent), 'x');
  assert.is(evaluate('toLower(s) | "x"', absent), 'EXPRESSION_ABSENT');
  assert.is(evaluate('conditional(a, s, s) | "x"', absent), 'EXPRESSION_ABSENT');
  assert.is(evaluate('(s | s) | "x"', absent), 'x');
  assert.is(evaluate('pick(s, s, "x")', absent), 'x');
  const map: Facts = { m: ['STRING_MAP', { k: '' }], s: ['STRING'] };
  assert.is(evaluate('m["k"] | "x"', map), '');
  assert.is(evaluate('m["j"] | "x"', map), 'x');
  assert.is(evaluate('m[s] | "x"', map), 'x');
  assert.is(evaluate('m[toLower(s)] | "x"', map), 'EXPRESSION_ABSENT');
  assert.is(evaluate('m["j"]', map), '');
});

test('a value of another type than declared is an error, never garbage, and does not fall through', () => {
  for (const [type, value] of [
    ['STRING', 7],
    ['INT64', '7'],
    ['INT64', 1.5],
    ['DOUBLE', '1'],
    ['BOOL', 'true'],
    ['TIMESTAMP', 'soon'],
    ['DURATION', 5],
    ['IP_ADDRESS', 'x'],
    ['STRING_MAP', ['a']],
    ['STRING_MAP', { k: 1 }],
  ] as const) {
    const facts: Facts = { x: [type, value] };
    assert.is(evaluate('x', facts), 'EXPRESSION_WRONG_VALUE', type);
    assert.is(evaluate('x | x', facts), 'EXPRESSION_WRONG_VALUE', type);
    assert.equal(referenced('x', facts), ['x']);
    if (type === 'STRING_MAP') assert.is(evaluate('x["k"] == "v"', facts), 'EXPRESSION_WRONG_VALUE');
    else assert.is(evaluate('x == x', facts), 'EXPRESSION_WRONG_VALUE', type);
  }
  assert.is(evaluate('x == "a"', { x: ['STRING', 7] }), 'EXPRESSION_WRONG_VALUE');
  assert.is(
    evaluate('x == "a" && y == "b"', { x: ['STRING', 7], y: ['STRING', 'b'] }),
    'EXPRESSION_WRONG_VALUE',
  );
});

test('INT64 is exact up to its bounds and never wraps', () => {
  const greatest = 2n ** 63n - 1n;
  assert.is(evaluate('n', { n: ['INT64', greatest] }), greatest);
  assert.is(evaluate('n == 9223372036854775807', { n: ['INT64', greatest] }), true);
  assert.is(evaluate('n == 9223372036854775806', { n: ['INT64', greatest] }), false);
  assert.is(evaluate('n + 1', { n: ['INT64', greatest] }), 'EXPRESSION_OVERFLOW');
  assert.is(evaluate('n + 1', { n: ['INT64', 9007199254740991] }), 9007199254740992n);
  assert.is(evaluate('n + -1', { n: ['INT64', 9007199254740992n] }), 9007199254740991);
  assert.is(evaluate('-n', { n: ['INT64', -(2n ** 63n)] }), 'EXPRESSION_OVERFLOW');
  assert.is(evaluate('-9223372036854775808'), -(2n ** 63n));
  assert.is(evaluate('n > 1', { n: ['INT64', greatest] }), true);
  assert.is(evaluate('n', { n: ['INT64', 2n ** 63n] }), 'EXPRESSION_WRONG_VALUE');
});

test('texts compare by their bytes in UTF-8 and are measured in them', () => {
  assert.is(evaluate('"\\uffff" < "\\U0001f600"'), true);
  assert.is(evaluate('"a" < "ab"'), true);
  assert.is(evaluate('"Z" < "a"'), true);
  assert.is(evaluate('size("é€")'), 5);
  assert.is(evaluate('reverse("ab😀")'), '😀ba');
  assert.is(evaluate('"ab".reverse()'), 'ba');
  assert.is(evaluate('toLower("ΑΣ")'), 'ας'.replace('ς', 'σ'));
});

test('texts are written as in Go', () => {
  assert.is(evaluate('"a\\tb\\x41\\u20ac\\101"'), 'a\tbA€A');
  assert.is(evaluate('`a\\t"b`'), 'a\\t"b');
  assert.is(evaluate("'c'"), 'c');
  assert.is(evaluate('"\\xe2\\x82\\xac"'), '€');
  assert.is(evaluate('"\\xff"'), 'EXPRESSION_BAD_ESCAPE');
});

test('a text that reads as a duration is one only where nothing else says what it is', () => {
  const facts: Facts = { s: ['STRING', '5s'], d: ['DURATION', '5s'], m: ['STRING_MAP', { '5s': 'x' }] };
  assert.is(evaluate('"5s"'), '5s');
  assert.is(evaluate('s == "5s"', facts), true);
  assert.is(evaluate('"5s" == s', facts), true);
  assert.is(evaluate('d == "5s"', facts), true);
  assert.is(evaluate('d < "1h2m"', facts), true);
  assert.is(evaluate('m["5s"]', facts), 'x');
  assert.is(evaluate('"5s" + "x"', facts), '5sx');
  assert.is(evaluate('conditional(true, "5s", s) == s', facts), true);
  assert.is(evaluate('d | "1h2m"', { d: ['DURATION'] }), '1h2m0s');
  assert.is(evaluate('duration("1500us")'), '1.5ms');
  assert.is(evaluate('s in ["5s", "6s"]', facts), true);
});

test('addresses are compared as addresses', () => {
  const mapped: Facts = { ip: ['IP_ADDRESS', '::ffff:10.1.2.3'] };
  assert.is(evaluate('ip', mapped), '10.1.2.3');
  assert.is(evaluate('ip == ip("10.1.2.3")', mapped), true);
  assert.is(evaluate('inRange(ip, "10.0.0.0/8")', mapped), true);
  assert.is(evaluate('inRange(ip, "::ffff:10.0.0.0/104")', mapped), true);
  assert.is(evaluate('inRange(ip, "11.0.0.0/8")', mapped), false);
  assert.is(evaluate('inRange(ip, "::/0")', mapped), false);
  assert.is(evaluate('inRange(ip, "2001:db8::/32")', { ip: ['IP_ADDRESS', '2001:DB8:0::1'] }), true);
  assert.is(evaluate('inRange(ip, "0.0.0.0/0")', mapped), true);
  for (const text of ['010.0.0.1', '10.1', '0x7f.0.0.1', 'fe80::1%eth0', '1.2.3.4.5'])
    assert.is(evaluate(`ip("${text}")`), 'EXPRESSION_FAILED', text);
});

test('match looks at one star, at the end first', () => {
  assert.is(evaluate('match("*xyz", "*x*")'), true);
  assert.is(evaluate('match("abc", "*bc")'), true);
  assert.is(evaluate('match("a*c", "a*c")'), true);
  assert.is(evaluate('match("abc", "a*c")'), false);
});

test('patterns run in linear time and are unanchored', () => {
  assert.is(evaluate('"b+".matches("abbc")'), true);
  assert.is(evaluate('"^b+$".matches("abbc")'), false);
  assert.is(evaluate('"(a*)*$".matches(s)', { s: ['STRING', `${'a'.repeat(50_000)}b`] }), true);
  assert.is(evaluate('s.matches(t)', { s: ['STRING', '('], t: ['STRING', 'x'] }), 'EXPRESSION_FAILED');
});

test('names, mail addresses and URIs are equal by their own rules', () => {
  assert.is(evaluate('dnsName("Foo.bar.") == dnsName("foo.BAR")'), true);
  assert.is(evaluate('dnsName("bücher.de") == dnsName("xn--bcher-kva.de")'), true);
  for (const text of ['', '-a.b', 'a..b', 'a_b', 'a b', '.'])
    assert.is(evaluate(`dnsName("${text}")`), 'EXPRESSION_FAILED', text);
  assert.is(evaluate('email("A@foo.bar") == email("A@FOO.bar.")'), true);
  assert.is(evaluate('email("A@foo.bar") == email("a@foo.bar")'), false);
  for (const text of ['a@', '@b', 'a b@c', 'Zoe <a@b.c>', 'a@b_c'])
    assert.is(evaluate(`email("${text}")`), 'EXPRESSION_FAILED', text);
  assert.is(evaluate('uri("HTTP://a.b/x") == uri("http://A.b./x")'), true);
  assert.is(evaluate('uri("http://a.b:80/") == uri("http://a.b/")'), false);
  assert.is(evaluate('uri("ftp://A/x") == uri("ftp://a/x")'), false);
  for (const text of ['http://[::1', 'http://a b/', '1:2', 'http://a:x/']) {
    assert.is(evaluate(`uri("${text}")`), 'EXPRESSION_FAILED', text);
  }
});

test('a text from outside that is no such name cannot be compared as one', () => {
  assert.is(evaluate('d == dnsName("a.b")', { d: ['DNS_NAME', 'a..b'] }), 'EXPRESSION_FAILED');
  assert.is(evaluate('u != uri("http://a.b")', { u: ['URI', ':/'] }), 'EXPRESSION_FAILED');
  assert.is(evaluate('d in [dnsName("a.b")]', { d: ['DNS_NAME', 'a..b'] }), 'EXPRESSION_FAILED');
  assert.is(evaluate('d', { d: ['DNS_NAME', 'a..b'] }), 'a..b');
});

test('operations can be called by the names the original gave them', () => {
  assert.is(evaluate('EQ(ADD(1, 2), 3)'), true);
  assert.is(evaluate('LAND(true, LOR(false, LT(1, 2)))'), true);
  assert.is(evaluate('OR(s, "x")', absent), 'x');
});

test('only the chosen branch of conditional is evaluated; conditionalString evaluates both', () => {
  assert.is(evaluate('conditional(true, "x", s)', absent), 'x');
  assert.is(evaluate('conditionalString(true, "x", s)', absent), 'EXPRESSION_ABSENT');
});

test('the names of JavaScript are plain data', () => {
  const facts: Facts = {
    ['__proto__.constructor']: ['STRING', 'x'],
    m: ['STRING_MAP', JSON.parse('{"__proto__": "y"}')],
  };
  assert.is(evaluate('__proto__.constructor', facts), 'x');
  assert.is(evaluate('m["__proto__"]', facts), 'y');
  assert.is(evaluate('m["constructor"]', facts), '');
  assert.is(evaluate('m["toString"] | "absent"', facts), 'absent');
  assert.is(evaluate('__proto__ == "x"', { a: ['STRING', 'x'] }), 'EXPRESSION_UNKNOWN_ATTRIBUTE');
});

test('a malformed line of a batch is an error of its own', () => {
  for (const line of [
    '',
    '{',
    '[]',
    '{"expression": null}',
    '{"expression": "a", "manifest": {"a": "TEXT"}}',
    '{"expression": "1", "attributes": 7}',
  ]) {
    const answer = evalLine(line);
    assert.is('error' in answer && answer.error.code, 'EXPRESSION_BAD_LINE', line);
  }
  assert.equal(evalLine('{"expression": {"+": [1, 2]}}'), { value: 3, type: 'INT64', referenced: [] });
});

test.run();
