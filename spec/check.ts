import { mustRun } from './packaging/command.ts';
import { checkPackaging } from './packaging/publish.ts';
import { readTestFile } from './runner/test-file.ts';
import { endAll, runTestFile } from './runner/test-process.ts';
import { root } from './workspace.ts';

interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

const rules = (name: string): Step => ({ name, run: () => mustPass(`spec/test/${name}.test.ts`) });

/** In the order in which a mistake is cheapest to find. `npm run check NAME` runs one of them. */
const steps: readonly Step[] = [
  { name: 'types', run: () => mustRun('tsc', ['-p', '.'], { cwd: root }) },
  { name: 'style', run: () => mustRun('biome', ['check', '--error-on-warnings'], { cwd: root }) },
  rules('imports'),
  rules('ambient'),
  rules('tree'),
  rules('errors'),
  { name: 'packaging', run: checkPackaging },
];

process.once('SIGTERM', () => {
  endAll();
  process.exit(1);
});

const only = process.argv[2];
const chosen = steps.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) console.log(`no step "${only}": ${steps.map(({ name }) => name).join(', ')}`);
let failed = 0;
for (const step of chosen) if (!(await passes(step))) failed += 1;
console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1;

async function passes({ name, run }: Step): Promise<boolean> {
  const started = performance.now();
  try {
    await run();
    console.log(`ok      ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    console.log(`FAILED  ${name}\n${(error as Error).message}`);
    return false;
  }
}

async function mustPass(path: string): Promise<void> {
  const { failed, problem, output } = await runTestFile(readTestFile(path));
  if (failed > 0) throw new Error(problem === undefined ? output : `${problem}\n${output}`);
}
