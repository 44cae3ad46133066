import { filesWithOnly, findTestFiles, missingPrograms, type TestFile } from './runner/test-file.ts';
import { endAll, type Outcome, runTestFile } from './runner/test-process.ts';

const options = process.argv.slice(2);
const real = options.includes('--real');
// Real components are put under load: they have the machine to themselves.
const concurrency = real ? 1 : 2;
const given = options.filter(option => !option.startsWith('--'));
const patterns = given.length > 0 ? given : [''];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(1);
  });
}

const files = findTestFiles(real, patterns);
const idle = patterns.filter(pattern => !files.some(({ path }) => path.includes(pattern)));
const queue = files.filter(isRunnable);
const outcomes: Outcome[] = [];
const strays = filesWithOnly();
for (const path of strays) console.log(`FAILED  ${path}: ".only(" silences the other tests`);

await Promise.all(Array.from({ length: concurrency }, work));

const failing = outcomes.filter(({ failed }) => failed > 0);
if (failing.length > 0) console.log(`\nfailing files:\n${failing.map(({ path }) => `  ${path}`).join('\n')}`);
for (const pattern of idle) console.log(`FAILED  no test file has "${pattern}" in its path`);
const passed = sum(outcomes, 'passed');
const failed = sum(outcomes, 'failed') + strays.length + idle.length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const outcome = await runTestFile(file);
    outcomes.push(outcome);
    print(outcome);
  }
}

function isRunnable({ path, needs }: TestFile): boolean {
  const missing = missingPrograms(needs);
  if (missing.length > 0) console.log(`skipped ${path}: this machine has no ${missing.join(', ')}`);
  return missing.length === 0;
}

function print({ path, passed, failed, skipped, problem, output, seconds }: Outcome): void {
  const counts = `${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  if (failed === 0) {
    console.log(`ok      ${path} (${counts}, ${seconds.toFixed(1)} s)`);
    // What a test measured is for people; no test fails for it.
    for (const [figure] of output.matchAll(/figure: .+/g)) console.log(`        ${figure}`);
  } else
    console.log(`FAILED  ${path} (${counts}, ${failed} failed)${problem ? `: ${problem}` : ''}\n${output}`);
}

function sum(outcomes: readonly Outcome[], count: 'passed' | 'failed'): number {
  return outcomes.reduce((total, outcome) => total + outcome[count], 0);
}
