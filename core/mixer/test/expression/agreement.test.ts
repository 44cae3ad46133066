import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { constantOf } from '../../src/expression/analysis.ts';
import { interpret } from '../../src/expression/interpreter.ts';
import { printTree } from '../../src/expression/print.ts';
import { compileExpression, type Expression, Reads } from '../../src/index.ts';
import { bag, cases, condition, mapping, textual, vocabulary } from './random.ts';

const test = suite('closures, interpreter and printed text agree');
const expression = fc.oneof(condition, textual, mapping);

function compile(source: string): Expression {
  const compiled = compileExpression(source, vocabulary, { badConstants: 'evaluated' });
  if (!compiled.ok) throw new Error(`${source}: ${compiled.problems[0]?.message}`);
  return compiled.expression;
}

test('a closure yields what the interpreter yields, with and without reads', () => {
  fc.assert(
    fc.property(expression, bag, (source, attributes) => {
      const compiled = compile(source);
      const outcome = interpret(compiled.tree, attributes.values);
      const expected = outcome.ok ? outcome.value : undefined;
      assert.equal(compiled.evaluate(attributes), expected);
      assert.equal(compiled.evaluate(attributes, new Reads()), expected);
      assert.is(compiled.why(attributes) === undefined, expected !== undefined);
    }),
    { numRuns: cases },
  );
});

test('a printed tree means the same', () => {
  fc.assert(
    fc.property(expression, bag, (source, attributes) => {
      const original = compile(source);
      const again = compile(printTree(original.tree));
      assert.equal(again.evaluate(attributes), original.evaluate(attributes), printTree(original.tree));
    }),
    { numRuns: cases },
  );
});

test('a condition that is constant has that value, or none, for every bag', () => {
  fc.assert(
    fc.property(condition, bag, (source, attributes) => {
      const compiled = compile(source);
      const constant = constantOf(compiled.tree);
      if (constant === undefined) return;
      const value = compiled.evaluate(attributes);
      assert.ok(value === constant || value === undefined, `${source} is ${value}`);
    }),
    { numRuns: cases },
  );
});

test.run();
