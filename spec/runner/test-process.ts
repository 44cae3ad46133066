import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../workspace.ts';
import type { TestFile } from './test-file.ts';

/** What came of one file. `problem` says why it failed, apart from the tests that failed by themselves. */
export interface Outcome {
  readonly path: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problem: string | undefined;
  readonly output: string;
  readonly seconds: number;
}

/** Milliseconds that an overdue process has to name its handles, and that its group has to end after it. */
const grace = { answer: 2_000, group: 1_000 };

const running = new Set<ChildProcess>();

/**
 * Runs one file in a process of its own, with a group of its own so that whatever it leaves behind is found and ended.
 * After its last test a process may live on for `exitGrace` milliseconds.
 */
export async function runTestFile(file: TestFile, env = process.env, exitGrace = 10_000): Promise<Outcome> {
  const started = performance.now();
  const preload = new URL('./open-handles.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--conditions=krater-source', '--import', preload, file.path], {
    cwd: root,
    env: { ...env, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  const finished = Promise.withResolvers<void>();
  const take = (chunk: string) => {
    output += chunk;
    if (/^ {2}Duration: /m.test(output)) finished.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  const overdue = await waitFor(child, closed, finished.promise, { limit: file.limit * 1000, exitGrace });
  const [code, signal] = await closed;
  running.delete(child);
  const left = await endGroup(child);
  const problem = overdue ?? (left ? 'it left processes behind, which were ended' : undefined);
  return {
    path: file.path,
    ...judge(output, code ?? signal ?? 'unknown', problem),
    output,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Ends every process that {@link runTestFile} has under way. */
export function endAll(): void {
  for (const child of running) killGroup(child, 'SIGKILL');
}

/** Waits until the process has ended by itself; ends it when it is late, and says how it was. */
async function waitFor(
  child: ChildProcess,
  closed: Promise<unknown>,
  finished: Promise<void>,
  { limit, exitGrace }: { limit: number; exitGrace: number },
): Promise<string | undefined> {
  const ended = new AbortController();
  const sleep = (milliseconds: number) =>
    delay(milliseconds, undefined, { signal: ended.signal }).catch(() => {});
  const done = closed.then(() => undefined);
  const leaking = finished
    .then(() => sleep(exitGrace))
    .then(() => 'its tests ended but its process did not: something is still open');
  const overdue = sleep(limit).then(() => `its process was still alive after ${limit / 1000} s`);
  const late = await Promise.race([done, leaking, overdue]);
  if (late) {
    child.kill('SIGUSR2');
    await Promise.race([done, sleep(grace.answer)]);
    killGroup(child, 'SIGKILL');
  }
  ended.abort();
  return late;
}

/** Judges uvu's summary, since uvu exits with 0 after an exception in `before`, a forgotten `run()` and other accidents. */
function judge(output: string, exit: number | string, problem: string | undefined) {
  const summaries = [...output.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)/gm)];
  const [total = 0, passed = 0, skipped = 0] = (summaries.at(-1) ?? []).slice(1).map(Number);
  const failed = total - passed;
  const told =
    problem ??
    (summaries.length === 0 && exit !== 0 ? `it ended with ${exit} before its tests did` : undefined) ??
    (total + skipped === 0 ? 'it contributes no test: is ".run()" missing?' : undefined) ??
    (summaries.length > 1
      ? 'it ran its suites more than once: no "await" may stand between two ".run()"'
      : undefined) ??
    (failed > 0 && exit === 0
      ? `only ${passed} of ${total} tests ran: a "before" or "after" hook threw`
      : undefined) ??
    (failed === 0 && exit !== 0 ? `all tests passed, but it ended with ${exit}` : undefined);
  return { passed, skipped, failed: told !== undefined && failed === 0 ? 1 : failed, problem: told };
}

async function endGroup(child: ChildProcess): Promise<boolean> {
  for (let waited = 0; waited < grace.group; waited += 50) {
    if (!killGroup(child, 0)) return false;
    await delay(50);
  }
  return killGroup(child, 'SIGKILL');
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}
