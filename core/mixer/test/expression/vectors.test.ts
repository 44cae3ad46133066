import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evalLine, formatAnswer } from '../../src/expression/batch.ts';

/** Facts about the original's expression language, one JSON object a line; spec/cases/README.md explains them. */
const vectors = readFileSync(new URL('../../../../spec/cases/expressions.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

const test = suite('the expression language agrees with the original');

for (const [index, line] of vectors.entries()) {
  const vector = JSON.parse(line);
  test(`line ${index + 1}: ${vector.expression}`, () => {
    const answer = JSON.parse(formatAnswer(evalLine(line)));
    if (vector.compileError) {
      assert.is(answer.phase, 'compile', JSON.stringify(answer));
      assert.match(answer.error.code, /^EXPRESSION_/);
    } else if (vector.error) {
      assert.is(answer.phase, 'evaluate', JSON.stringify(answer));
    } else {
      assert.equal(answer.value, vector.value, JSON.stringify(answer));
    }
    if (vector.type !== undefined) assert.is(answer.type, vector.type);
    if (vector.referenced !== undefined) assert.equal(answer.referenced, vector.referenced);
  });
}

test.run();
