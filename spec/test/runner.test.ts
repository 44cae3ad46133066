import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTestFile } from '../runner/test-file.ts';
import { runTestFile } from '../runner/test-process.ts';

const runner = suite('test runner');

const run = (name: string, limit = 60) =>
  runTestFile({ path: `spec/fixtures/${name}.ts`, needs: [], limit }, process.env, 300);

runner('counts what passed and what was skipped', async () => {
  const { passed, failed, skipped, problem } = await run('passing');
  assert.equal(
    { passed, failed, skipped, problem },
    { passed: 2, failed: 0, skipped: 1, problem: undefined },
  );
});

runner('counts what failed and keeps the output', async () => {
  const { passed, failed, output } = await run('failing');
  assert.equal({ passed, failed }, { passed: 1, failed: 1 });
  assert.match(output, 'does not hold');
});

runner('fails a file whose suite is never run', async () => {
  const { failed, problem } = await run('never-run');
  assert.is(failed, 1);
  assert.match(problem ?? '', 'contributes no test');
});

runner('fails a file whose before hook throws, which uvu passes over', async () => {
  const { failed, problem } = await run('before-throws');
  assert.is(failed, 1);
  assert.match(problem ?? '', 'only 0 of 1 tests ran');
});

runner('fails a file that leaks a timer and names the timer', async () => {
  const { failed, problem, output } = await run('leaking-timer');
  assert.is(failed, 1);
  assert.match(problem ?? '', 'something is still open');
  assert.match(output, 'Timeout (1)');
});

runner('ends a process at its limit and names its handles', async () => {
  const { failed, problem, output } = await run('never-ending', 2);
  assert.is(failed, 1);
  assert.match(problem ?? '', 'still alive after 2 s');
  assert.match(output, 'socket bound to 127.0.0.1:');
});

runner('ends processes that a file leaves behind', async () => {
  const { failed, problem } = await run('leftover-process');
  assert.is(failed, 1);
  assert.match(problem ?? '', 'left processes behind');
});

runner('fails a file that waits between two suites, whose tests uvu would repeat', async () => {
  const { failed, problem } = await run('run-twice');
  assert.is(failed, 1);
  assert.match(problem ?? '', 'more than once');
});

runner('reads what a file needs and how long it may take', () => {
  assert.equal(readTestFile('spec/fixtures/demanding.ts'), {
    path: 'spec/fixtures/demanding.ts',
    needs: ['nginx', 'wrk'],
    limit: 300,
  });
  assert.equal(readTestFile('spec/fixtures/passing.ts'), {
    path: 'spec/fixtures/passing.ts',
    needs: [],
    limit: 120,
  });
});

runner.run();
