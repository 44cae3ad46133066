import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a program printed, on both streams, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end, without the workspace's own Node options unless `env` says so. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** As {@link runProgram}, but a program that ends with anything else than 0 throws what it printed. */
export async function mustRun(...call: Parameters<typeof runProgram>): Promise<string> {
  const { code, output } = await runProgram(...call);
  if (code === 0) return output;
  const [program, args] = call;
  throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${output}`);
}
