import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attributesOf,
  constantOf,
  contradictionOf,
  equalityClauses,
  mayBeUnknown,
} from '../../src/expression/analysis.ts';
import { printTree } from '../../src/expression/print.ts';
import {
  Bag,
  compileExpression,
  explainClauses,
  explainTree,
  standardVocabulary,
  stringMap,
} from '../../src/index.ts';

const test = suite('what is known of an expression');

function tree(source: string) {
  const compiled = compileExpression(source, standardVocabulary);
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message);
  return compiled.expression.tree;
}

test('equality clauses are those of the outermost conjunction over attributes of few values', () => {
  const clauses = equalityClauses(
    tree(
      'destination.service.name == "ratings" && request.path == "/" && ("GET" == request.method && (source.namespace == "a" || true))',
    ),
    standardVocabulary,
  );
  assert.equal(
    clauses.map(({ name, value }) => [name, value]),
    [
      ['destination.service.name', 'ratings'],
      ['request.method', 'GET'],
    ],
  );
  assert.equal(equalityClauses(tree('request.method == "GET" || true'), standardVocabulary), []);
});

test('a negation over an attribute that may be absent is found, wherever it stands', () => {
  for (const [source, found] of [
    ['request.method != "GET"', 'request.method != "GET"'],
    ['true && !(request.headers["x"] == "y")', '!(request.headers["x"] == "y")'],
    ['connection.mtls == false', 'connection.mtls == false'],
    ['conditional(false == connection.mtls, true, false)', 'false == connection.mtls'],
    ['toLower(request.method | request.path) != "get"', 'toLower(request.method | request.path) != "get"'],
  ] as const) {
    const offending = mayBeUnknown(tree(source));
    assert.is(offending && printTree(offending), found, source);
  }
  for (const source of [
    'request.method == "GET"',
    '(request.method | "") != "GET"',
    '!(connection.mtls | false)',
    '(request.headers["x"] | "") != "y"',
    '1 != 2',
  ]) {
    assert.is(mayBeUnknown(tree(source)), undefined, source);
  }
  const never = mayBeUnknown(tree('request.method != "GET"'), ({ name }) => name !== 'request.method');
  assert.is(never, undefined);
});

test('every attribute is listed with its key and whether something stands in for it', () => {
  const reads = attributesOf(
    tree(
      '(request.headers["a"] | source.uid | "x") == request.headers[source.name] && contains(request.path, "b")',
    ),
  );
  assert.equal(
    reads.map(({ name, key, defaulted, whole }) => [name, key, defaulted, whole]),
    [
      ['request.headers', 'a', true, false],
      ['source.uid', undefined, true, false],
      ['request.headers', undefined, false, false],
      ['source.name', undefined, false, false],
      ['request.path', undefined, false, false],
    ],
  );
  assert.equal(
    attributesOf(tree('source.labels | emptyStringMap()')).map(({ whole, defaulted }) => [whole, defaulted]),
    [[true, true]],
  );
});

test('a condition that can never hold is constant', () => {
  for (const source of [
    'false',
    '1 > 2',
    'request.method == "GET" && false',
    'request.method == "GET" && request.method == "PUT"',
    'request.method in ["GET", "PUT"] && request.method in ["POST"]',
    'request.method == "GET" && request.method != "GET"',
    'request.headers["a"] == "x" && request.path == "/" && request.headers["a"] == "y"',
    '(request.method == "GET" && request.method == "PUT") || 2 < 1',
  ]) {
    assert.is(constantOf(tree(source)), false, source);
  }
  for (const source of [
    'request.method == "GET"',
    'request.method == "GET" && request.headers["a"] == "PUT"',
    'request.method in ["GET", "PUT"] && request.method == "PUT"',
  ]) {
    assert.is(constantOf(tree(source)), undefined, source);
  }
  assert.is(constantOf(tree('request.method == "GET" || true')), true);
  const contradiction = contradictionOf(tree('request.method == "GET" && request.method == "PUT"'));
  assert.is(contradiction && printTree(contradiction), 'request.method == "PUT"');
});

const bag = new Bag(standardVocabulary)
  .put('request.method', 'POST')
  .put('request.headers', stringMap({ authorization: 'Bearer secret', user: 'zoe' }));

test('an explanation names the clause that decided and what it found', () => {
  assert.is(
    explainTree(tree('request.headers["user"] == "zoe" && request.method == "GET"'), bag),
    'request.method == "GET" is false: request.method is "POST"',
  );
  assert.is(
    explainTree(tree('request.method == "GET" || request.headers["user"] == "eve"'), bag),
    'request.method == "GET" is false: request.method is "POST"; request.headers["user"] == "eve" is false: request.headers["user"] is "zoe"',
  );
  assert.is(
    explainTree(tree('source.uid == "x" && request.method == "POST"'), bag),
    'source.uid == "x" is unknown: attribute "source.uid" is absent',
  );
});

test('an explanation never shows what is sensitive', () => {
  const told = JSON.stringify(
    explainClauses(tree('request.headers["authorization"] == "x" || request.method == "GET"'), bag),
  );
  assert.not.match(told, 'secret');
  assert.match(told, 'masked');
  const failing = explainTree(tree('ip(request.headers["authorization"]) == source.ip'), bag);
  assert.match(failing, 'ip(request.headers["authorization"]) fails');
  assert.not.match(failing, 'secret');
});

test('an explanation has the value of every clause', () => {
  const { value, clauses } = explainClauses(tree('request.method == "POST" && source.uid == "x"'), bag);
  assert.is(value, 'unknown');
  assert.equal(
    clauses.map(clause => clause.value),
    [true, 'unknown'],
  );
});

test.run();
