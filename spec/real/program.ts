import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A real program that runs beside a test; disposing ends it and waits until it has. */
export interface Program extends AsyncDisposable {
  readonly process: ChildProcess;
  /** All that it printed so far. */
  output(): string;
}

export function startProgram(command: string, args: readonly string[]): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const closed = once(child, 'close');
  return {
    process: child,
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

/** Asks again and again until there is an answer; what was last seen is in the error. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  what: string,
  limit = 60_000,
): Promise<T> {
  const end = performance.now() + limit;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await delay(200);
  }
  throw new Error(`${what}: not within ${limit / 1000} s`, { cause: last });
}
