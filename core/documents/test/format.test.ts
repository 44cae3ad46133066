import { formatProblems, type Problem, sortProblems } from '@krater/documents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const printing = suite('printed problems');

const problem = (line: number, rest: Partial<Problem> = {}): Problem => ({
  code: 'RULE_UNKNOWN_ATTRIBUTE',
  severity: 'error',
  message: 'unknown attribute "request.heders"',
  hint: 'did you mean "request.headers"?',
  place: { file: 'policy/rules.yaml', line, column: 12, endLine: line, endColumn: 26 },
  frame: ` > ${line} |     match: request.heders\n      |            ^^^^^^^^^^^^^^`,
  ...rest,
});

printing('are links, a frame and a hint', () => {
  assert.fixture(
    formatProblems([problem(14)]),
    `policy/rules.yaml:14:12 RULE_UNKNOWN_ATTRIBUTE unknown attribute "request.heders"
 > 14 |     match: request.heders
      |            ^^^^^^^^^^^^^^
   hint: did you mean "request.headers"?`,
  );
});

printing('say which are warnings, and leave a line between two', () => {
  const { hint: _, ...hintless } = problem(14, { severity: 'warning' });
  assert.match(formatProblems([hintless, problem(15)]), /_ATTRIBUTE warning: unknown[\s\S]*\^\n\npolicy/);
});

printing('are the same with and without colour', () => {
  const coloured = formatProblems([problem(14)], { color: true });
  assert.match(coloured, '\u001b[');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  assert.is(coloured.replace(/\u001b\[\d+m/g, ''), formatProblems([problem(14)]));
});

printing('are sorted by place', () => {
  const other = problem(1, { place: { ...problem(1).place, file: 'a.yaml' } });
  assert.equal(
    sortProblems([problem(15), problem(2), other]).map(({ place }) => place.line),
    [1, 2, 15],
  );
});

printing.run();
