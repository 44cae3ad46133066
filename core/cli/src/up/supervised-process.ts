import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Guardian } from './guardian.ts';

export interface ProcessCommand {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly folder: string;
  /** Where the program is to listen, on 127.0.0.1. */
  readonly port: number;
  readonly env: { readonly [name: string]: string };
  /** For our own programs: what passes between us and them beside their output. */
  readonly channel?: Channel;
  /** Milliseconds before the first restart (250). */
  readonly firstDelay?: number;
}

/** Messages between this process and one that it supervises. */
export interface Channel {
  /** The first message to each new process. */
  greeting(): object;
  received(message: unknown): void;
}

export type ProcessState = 'starting' | 'listening' | 'restarting' | 'stopped';

export interface SupervisedProcess {
  readonly state: ProcessState;
  readonly restarts: number;
  readonly pid: number | undefined;
  /** Resolves when it listens for the first time, or was stopped before it did. */
  readonly ready: Promise<void>;
  /** Tells a process with a channel; lost where none runs: the next is greeted. */
  send(message: object): void;
  /** Asks it to end, and makes it end after two seconds. */
  stop(): Promise<void>;
}

/** What is told while it runs. */
export interface ProcessObserver {
  output(name: string, line: string): void;
  exited(name: string, reason: string, restartIn: number): void;
}

const standardDelay = 250;
const longestDelay = 10_000;
const killAfter = 2_000;

/**
 * Runs a workload's program and keeps it running: one that exits is started again, after a delay that doubles up to ten
 * seconds and starts anew once it has stayed up for as long. Without a guardian it outlives a parent that is killed.
 */
export function superviseProcess(
  command: ProcessCommand,
  observer: ProcessObserver,
  guardian?: Guardian,
): SupervisedProcess {
  const { firstDelay = standardDelay } = command;
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let state: ProcessState = 'starting';
  let restarts = 0;
  let child: ChildProcess | undefined;

  const running = (async () => {
    for (let delay = firstDelay; !stopping.signal.aborted; restarts++) {
      const started = performance.now();
      const reason = await runOnce();
      if (stopping.signal.aborted) break;
      if (performance.now() - started > longestDelay) delay = firstDelay;
      state = 'restarting';
      observer.exited(command.name, reason, delay);
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
      delay = Math.min(delay * 2, longestDelay);
    }
    state = 'stopped';
    ready.resolve();
  })();

  async function runOnce(): Promise<string> {
    const current = launch(command, observer);
    child = current;
    const group = current.pid;
    if (group !== undefined) {
      guardian?.watch(group);
      current.once('close', () => guardian?.forget(group));
    }
    const gone = new AbortController();
    const exited = new Promise<string>(resolve => {
      current.once('error', error => resolve(error.message));
      current.once('close', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    }).finally(() => gone.abort());
    const untilListening = waitForPort(command.port, AbortSignal.any([gone.signal, stopping.signal])).then(
      listens => {
        if (!listens) return;
        state = 'listening';
        ready.resolve();
      },
    );
    const reason = await exited;
    await untilListening;
    child = undefined;
    return reason;
  }

  return {
    get state() {
      return state;
    },
    get restarts() {
      return restarts;
    },
    get pid() {
      return child?.pid;
    },
    ready: ready.promise,
    send(message) {
      if (child?.connected) child.send(message, () => {});
    },
    async stop() {
      stopping.abort();
      signalGroup(child, 'SIGTERM');
      const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), killAfter);
      await running;
      clearTimeout(kill);
    },
  };
}

/** With our own Node first on its path. In a process group of its own, so that Ctrl-C reaches it through us, after its sidecar has drained. */
function launch(
  { name, command, folder, port, env, channel }: ProcessCommand,
  observer: ProcessObserver,
): ChildProcess {
  const [program = '', ...args] = command;
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: channel === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, PATH: path, ...env, HOST: '127.0.0.1', PORT: String(port) },
  });
  living.add(child);
  child.once('close', () => living.delete(child));
  if (channel !== undefined) {
    child.on('message', message => channel.received(message));
    // A process that ends before it is greeted tells why in its own words.
    child.send(channel.greeting(), () => {});
  }
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue;
    createInterface({ input }).on('line', line => observer.output(name, line));
  }
  return child;
}

/** Whatever ends this process, its programs end with it. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) signalGroup(child, 'SIGKILL');
});

function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended by itself.
  }
}

/** True as soon as something accepts connections on the port; false when called off. */
async function waitForPort(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const accepted = await new Promise<boolean>(resolve => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (accepted) return true;
    await sleep(50, undefined, { signal }).catch(() => {});
  }
  return false;
}
