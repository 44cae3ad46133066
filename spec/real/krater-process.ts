import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const cli = join(import.meta.dirname, '../../core/cli/bin/krater.js');

export interface KraterEvent {
  readonly event?: string;
  readonly [field: string]: unknown;
}

/** A `krater` command that runs until it is stopped; disposing asks it to end and waits until it has. */
export interface KraterProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** All that it printed. */
  output(): string;
  /** The first event, past or future, that fits; an error with the output where it ends without one. */
  event(fits: (event: KraterEvent) => boolean): Promise<KraterEvent>;
  /** Where something of it listens. */
  address(what: string): Promise<string>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
}

export function startKrater(args: readonly string[], env: NodeJS.ProcessEnv = {}): KraterProcess {
  const child = spawn(process.execPath, [cli, ...args, '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const closed = once(child, 'close');
  const events: KraterEvent[] = [];
  const waiting = new Set<() => void>();
  let output = '';
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  createInterface({ input: child.stdout }).on('line', line => {
    output += `${line}\n`;
    if (line.startsWith('{')) events.push(JSON.parse(line));
    wake();
  });
  child.stderr.on('data', chunk => {
    output += chunk;
  });
  let ended = false;
  void closed.then(() => {
    ended = true;
    wake();
  });
  const event = (fits: (event: KraterEvent) => boolean) =>
    new Promise<KraterEvent>((resolve, reject) => {
      const look = () => {
        const found = events.find(fits);
        if (found === undefined && !ended) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error(`krater ${args.join(' ')} ended without it:\n${output}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    child,
    output: () => output,
    event,
    address: async what =>
      String((await event(it => it.event === 'listening' && it['what'] === what))['address']),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
