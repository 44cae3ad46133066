import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../bin/krater.js', import.meta.url));

interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from standard input. */
  readonly input?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a process of its own, to its end. */
export async function krater(args: readonly string[], options: Options = {}): Promise<Ended> {
  const running = startKrater(args, options);
  return running.ended;
}

/** A command that runs until it is stopped; disposing asks it to end and waits until it has. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** The parsed lines of `--format json` so far. */
  readonly events: readonly Event[];
  /** Resolves with the first event, past or future, that fits; rejects when the process ends without one. */
  event(fits: (event: Event) => boolean): Promise<Event>;
  /** Where something listens, of the command itself and not of its processes. */
  address(what: string): Promise<string>;
  /** Resolves when the text has been printed. */
  printed(text: RegExp): Promise<void>;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Reads no more, as `| head` does. */
  closeOutput(): void;
}

export interface Event {
  readonly event?: string;
  readonly [field: string]: unknown;
}

const living = new Set<ReturnType<typeof spawn>>();
process.on('exit', stopAll);

/** Ends whatever a failed test has left running. */
export function stopAll(): void {
  for (const child of living) child.kill('SIGTERM');
}

/** Starts the command as a process of its own. */
export function startKrater(
  args: readonly string[],
  { cwd, env = process.env, input = '' }: Options = {},
): Running {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: 'pipe' });
  child.stdin.on('error', () => {}).end(input);
  living.add(child);
  const events: Event[] = [];
  const waiting = new Set<() => void>();
  let [stdout, stderr, line] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
    const lines = (line + part).split('\n');
    line = lines.pop() ?? '';
    for (const text of lines) if (text.startsWith('{')) events.push(JSON.parse(text));
    for (const wake of waiting) wake();
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  const ended = new Promise<Ended>(resolve => {
    child.once('close', code => {
      living.delete(child);
      resolve({ code, stdout, stderr });
      for (const wake of waiting) wake();
    });
  });
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const again = () => {
        const found = look();
        if (found === undefined && living.has(child)) return;
        waiting.delete(again);
        if (found === undefined)
          reject(new Error(`krater ${args.join(' ')} ended without it:\n${stdout}${stderr}`));
        else resolve(found);
      };
      waiting.add(again);
      again();
    });
  const event = (fits: (event: Event) => boolean) => until(() => events.find(fits));
  return {
    pid: child.pid ?? 0,
    ended,
    events,
    event,
    async address(what) {
      const { address } = await event(
        it => it.event === 'listening' && it['what'] === what && !('process' in it),
      );
      return String(address);
    },
    printed: async text => void (await until(() => text.test(stdout) || undefined)),
    isRunning: () => living.has(child),
    kill: signal => void child.kill(signal),
    closeOutput() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
