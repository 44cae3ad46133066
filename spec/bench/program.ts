import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A part of a benchmark in a process of its own: a file of this folder, which is told what to be by its arguments. */
export class Program {
  readonly #what: string | undefined;
  readonly #child: ChildProcess;

  /** It imports Krater's packages from their sources or, where its start is measured, as they are published: build them. */
  constructor(file: string, args: readonly string[], from: 'source' | 'published' = 'source') {
    this.#what = args[0];
    const conditions = from === 'source' ? ['--conditions=krater-source'] : [];
    this.#child = fork(new URL(file, import.meta.url), args, {
      execArgv: [...conditions, '--no-deprecation'],
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** The next message of it; an error where it ends without one. */
  async answer<T>(): Promise<T> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`"${this.#what}" of the benchmark ended with ${code}`);
    });
    try {
      const [message] = await Promise.race([once(this.#child, 'message', { signal }), ended]);
      return message as T;
    } finally {
      ended.catch(() => {});
      waiting.abort();
    }
  }

  ask<T>(message: unknown): Promise<T> {
    const answer = this.answer<T>();
    this.#child.send(message as object);
    return answer;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
