import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Ambient, IsolationSettings } from '@krater/mixer';
import { textOf } from '../protocol/packed-error.ts';
import type { LaunchEvents, Launched, Launcher } from './launcher.ts';
import { printedLines } from './printed-lines.ts';
import { type IsolatedAdapter, nodeOptions, passedEnvironment } from './start-options.ts';

type Settings = Extract<IsolationSettings, { mode: 'worker' }>;

/**
 * V8's own limit is high, because a thread that meets it in one large allocation takes the whole process along; the
 * limit that is meant is watched from outside.
 */
const hardLimit = (soft: number) => Math.max(1024, (4 * soft) / 1024 ** 2);

/** Runs handlers in a thread of this process. */
export function workerLauncher(
  adapter: IsolatedAdapter,
  { memory }: Settings,
  after: Ambient['after'],
): Launcher {
  return {
    memoryLimit: memory,
    launch: async events => launch(adapter, memory, after, events),
  };
}

/**
 * V8 collects garbage with threads that all of this process share: a thread that starts with a young generation of 1 MiB,
 * as V8 has it, collects so often while it imports packages that our own thread waits for a core. In MiB; it holds for
 * threads that are started from now on.
 */
const youngGeneration = 16;

function launch(
  adapter: IsolatedAdapter,
  memory: number,
  after: Ambient['after'],
  events: LaunchEvents,
): Launched {
  setFlagsFromString(`--min-semi-space-size=${youngGeneration}`);
  const worker = new Worker(new URL(import.meta.resolve('@krater/isolation/worker')), {
    workerData: adapter,
    execArgv: [...nodeOptions],
    env: passedEnvironment(),
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: hardLimit(memory) },
  });
  let reason: string | undefined;
  // Whoever waits for an answer keeps the process alive; a thread that idles does not.
  worker.unref();
  worker.on('message', events.message);
  worker.on('error', error => {
    reason = `it threw: ${textOf(error)}`;
  });
  worker.on('exit', code => events.ended(reason ?? `it exited with ${code}`));
  printedLines(worker.stdout, after, line => events.line('stdout', line));
  printedLines(worker.stderr, after, line => events.line('stderr', line));
  return {
    send: text => worker.postMessage(text),
    memory: async () => (await worker.getHeapStatistics()).used_heap_size,
    async end() {
      await worker.terminate();
    },
  };
}
