import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { LaunchEvents } from './launcher.ts';
import { nodeOptions, passedEnvironment } from './start-options.ts';

/** What a nursery is told. */
export type Order = { readonly start: number; readonly args: readonly string[] } | { readonly end: number };

/** What it tells of one child; the end of our pipe to it comes along with the child's process id. */
export type Notice = { readonly child: number } & (
  | { readonly pid: number }
  | { readonly line: string; readonly stream: 'stdout' | 'stderr' }
  | { readonly ended: string }
  /** Its output has been read to the end, which may be later. */
  | { readonly closed: true }
);

/** A child process of the nursery. */
export interface Child {
  readonly pid: number;
  /** Its file descriptor 3. */
  readonly pipe: Socket;
  /** Kills it; resolves when it has ended. */
  end(): Promise<void>;
}

type Events = Pick<LaunchEvents, 'line' | 'ended'>;

/** A child as long as it lives. */
interface Entry {
  readonly events: Events;
  readonly born: PromiseWithResolvers<Child>;
  readonly ended: PromiseWithResolvers<void>;
  child?: Child;
}

/**
 * A small process that starts others for this one, which would stand still for 10 ms and more with each it started
 * itself, the longer the more memory it has. It also sees to it that no child outlives us, however we end, even one
 * that an adapter keeps busy for ever. It runs while somebody {@link keep}s it.
 */
export class Nursery {
  #running: RunningNursery | undefined;
  #keepers = 0;

  /** Keeps it for the next start until the function that it returns is called, which resolves when nothing is left. */
  keep(): () => Promise<void> {
    this.#keepers++;
    return async () => {
      if (--this.#keepers > 0) return;
      const running = this.#running;
      this.#running = undefined;
      await running?.close();
    };
  }

  /** Starts a Node process; rejects where that cannot be. `ended` is called for one that has started, once. */
  start(args: readonly string[], events: Events): Promise<Child> {
    if (this.#running?.isGone !== false) this.#running = new RunningNursery();
    return this.#running.start(args, events);
  }
}

/** From its start to its end. */
class RunningNursery {
  readonly #process: ChildProcess;
  readonly #children = new Map<number, Entry>();
  /** Who hears what a child prints, until it is read to the end. */
  readonly #listeners = new Map<number, Events['line']>();
  #lastChild = 0;
  /** What somebody waits for: that keeps us alive, and a nursery or a child that idles does not. */
  #awaited = 0;
  isGone = false;

  constructor() {
    this.#process = fork(fileURLToPath(import.meta.resolve('@krater/isolation/nursery')), {
      execArgv: [...nodeOptions],
      env: passedEnvironment(),
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      // A group of its own, so that a terminal which ends ours does not end it first.
      detached: true,
    });
    this.#process.on('message', (notice: Notice, pipe) => this.#take(notice, pipe as Socket | undefined));
    this.#process.on('error', error => this.#gone(`it could not be started: ${error.message}`));
    this.#process.on('exit', () => this.#gone('the process that had started it has ended'));
    const { stdin } = this.#process as unknown as { readonly stdin: Socket };
    stdin.on('error', () => {});
    for (const held of [this.#process, this.#process.channel, stdin]) held?.unref();
  }

  start(args: readonly string[], events: Events): Promise<Child> {
    const id = ++this.#lastChild;
    const born = Promise.withResolvers<Child>();
    this.#children.set(id, { events, born, ended: Promise.withResolvers() });
    this.#listeners.set(id, events.line);
    this.#tell({ start: id, args });
    return this.#wait(born.promise);
  }

  async close(): Promise<void> {
    if (this.isGone) return;
    const exit = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.stdin?.end();
    await exit;
  }

  async #wait<T>(what: Promise<T>): Promise<T> {
    if (this.#awaited++ === 0) this.#process.channel?.ref();
    try {
      return await what;
    } finally {
      if (--this.#awaited === 0) this.#process.channel?.unref();
    }
  }

  /** What does not arrive went to a nursery that has ended, and all its children with it. */
  #tell(order: Order): void {
    this.#process.send(order, () => {});
  }

  #take(notice: Notice, pipe: Socket | undefined): void {
    const { child: id } = notice;
    const entry = this.#children.get(id);
    if ('line' in notice) this.#listeners.get(id)?.(notice.stream, notice.line);
    else if ('closed' in notice) this.#listeners.delete(id);
    else if (entry === undefined) pipe?.destroy();
    else if ('ended' in notice) this.#ended(id, entry, notice.ended);
    // One that has ended already has no pipe any more, and that is what is told next.
    else if (pipe !== undefined) {
      // What is written to one that has ended is an error of its pipe; its end is told anyway.
      pipe.unref().on('error', () => {});
      entry.child = { pid: notice.pid, pipe, end: () => this.#end(id, entry) };
      entry.born.resolve(entry.child);
    }
  }

  #end(id: number, { ended }: Entry): Promise<void> {
    if (!this.#children.has(id)) return ended.promise;
    this.#tell({ end: id });
    return this.#wait(ended.promise);
  }

  /** What it said before its end is read before its end is told. */
  #ended(id: number, { events, born, ended, child }: Entry, reason: string): void {
    this.#children.delete(id);
    const tell = () => {
      ended.resolve();
      if (child !== undefined) events.ended(reason);
    };
    born.reject(new Error(reason));
    if (child === undefined || child.pipe.closed) tell();
    else child.pipe.ref().once('close', tell).resume();
  }

  #gone(reason: string): void {
    this.isGone = true;
    for (const [id, entry] of this.#children) {
      if (entry.child !== undefined) kill(entry.child.pid);
      this.#ended(id, entry, reason);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
