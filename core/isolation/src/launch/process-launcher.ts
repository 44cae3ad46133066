import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { IsolationSettings } from '@krater/mixer';
import { lineReader } from '../protocol/line-reader.ts';
import type { LaunchEvents, Launched, Launcher } from './launcher.ts';
import type { Nursery } from './nursery.ts';
import { type IsolatedAdapter, nodeOptions } from './start-options.ts';

type Settings = Extract<IsolationSettings, { mode: 'process' }>;

/** What Node itself, its code and its buffers come to beside the heap. */
const besideHeap = 192 * 1024 ** 2;
const page = 4096;

/**
 * Runs handlers in a child process, which may read files and use the network but write nowhere except where it is told,
 * and start no processes or threads. The heap has its limit from V8, all memory together one that is watched from here.
 */
export function processLauncher(adapter: IsolatedAdapter, settings: Settings, nursery: Nursery): Launcher {
  let release: (() => Promise<void>) | undefined;
  return {
    memoryLimit: settings.memory + besideHeap,
    launch(events) {
      release ??= nursery.keep();
      return launch(adapter, settings, nursery, events);
    },
    close: async () => release?.(),
  };
}

async function launch(
  adapter: IsolatedAdapter,
  { memory, writable }: Settings,
  nursery: Nursery,
  events: LaunchEvents,
): Promise<Launched> {
  const entry = fileURLToPath(import.meta.resolve('@krater/isolation/process'));
  const args = [
    ...nodeOptions,
    '--disable-warning=SecurityWarning',
    // V8's helper threads would make it more than one core's worth of rival to the Mixer.
    '--single-threaded',
    `--max-old-space-size=${Math.ceil(memory / 1024 ** 2)}`,
    ...permissions(writable),
    entry,
    JSON.stringify(adapter),
  ];
  let failure: string | undefined;
  const { pid, pipe, end } = await nursery.start(args, {
    line: events.line,
    ended: reason => events.ended(failure ?? reason),
  });
  lineReader(pipe, events.message, error => {
    failure = error;
    void end();
  });
  return {
    send: text => void (pipe.writable && pipe.write(`${text}\n`)),
    memory: () => residentMemory(pid),
    end,
  };
}

/** An older Node has no permission for the network, and refuses to hear of one: there it is open anyway. */
function permissions(writable: readonly string[]): readonly string[] {
  return [
    '--permission',
    '--allow-fs-read=*',
    ...writable.map(path => `--allow-fs-write=${resolve(path)}`),
    ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
  ];
}

/** Where the system does not tell, the child tells it itself with each sign of life. */
async function residentMemory(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split(' ')[1]) * page;
}
