import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Ambient, IsolationSettings } from '@krater/mixer';
import { lineReader } from '../protocol/line-reader.ts';
import { endWithUs } from './end-with-us.ts';
import type { LaunchEvents, Launched, Launcher } from './launcher.ts';
import { printedLines } from './printed-lines.ts';
import { type IsolatedAdapter, nodeOptions, passedEnvironment } from './start-options.ts';

type Settings = Extract<IsolationSettings, { mode: 'process' }>;

/** What Node itself, its code and its buffers come to beside the heap. */
const besideHeap = 192 * 1024 ** 2;
const page = 4096;

/**
 * Runs handlers in a child process, which may read files and use the network but write nowhere except where it is told,
 * and start no processes or threads. The heap has its limit from V8, all memory together one that is watched from here.
 */
export function processLauncher(
  adapter: IsolatedAdapter,
  settings: Settings,
  after: Ambient['after'],
): Launcher {
  return {
    memoryLimit: settings.memory + besideHeap,
    launch: async events => launch(adapter, settings, after, events),
  };
}

function launch(
  adapter: IsolatedAdapter,
  { memory, writable }: Settings,
  after: Ambient['after'],
  events: LaunchEvents,
): Launched {
  const entry = fileURLToPath(import.meta.resolve('@krater/isolation/process'));
  const child = spawn(
    process.execPath,
    [
      ...nodeOptions,
      '--disable-warning=SecurityWarning',
      `--max-old-space-size=${Math.ceil(memory / 1024 ** 2)}`,
      ...permissions(writable),
      entry,
      JSON.stringify(adapter),
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: passedEnvironment() },
  );
  const pipe = child.stdio[3] as Socket;
  let failure: string | undefined;
  child.on('error', error => {
    failure = `it could not be started: ${error.message}`;
    // One that never was has no exit.
    if (child.pid === undefined) events.ended(failure);
  });
  const release = endWithUs(child.pid);
  child.on('exit', (code, signal) => {
    release();
    pipe.destroy();
    events.ended(failure ?? `it ${signal === null ? `exited with ${code}` : `was ended by ${signal}`}`);
  });
  lineReader(pipe, events.message, error => {
    failure = error;
    child.kill('SIGKILL');
  });
  printedLines(child.stdout as Socket, after, line => events.line('stdout', line));
  printedLines(child.stderr as Socket, after, line => events.line('stderr', line));
  // Whoever waits for an answer keeps us alive; a child that idles does not. It ends when its pipe does.
  for (const held of [child, pipe, child.stdout as Socket, child.stderr as Socket]) held.unref();
  return {
    send: text => void (pipe.writable && pipe.write(`${text}\n`)),
    memory: () => residentMemory(child),
    async end() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
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
async function residentMemory({ pid }: ChildProcess): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split(' ')[1]) * page;
}
