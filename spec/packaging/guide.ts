import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Block, blocksOf } from '../source/markdown.ts';
import { mustRun } from './command.ts';
import type { Registry } from './registry.ts';

const guide = 'plugins/create-krater-adapter/README.md';

/** Milliseconds in which somebody who has never seen Krater has an adapter running, without an edit. */
const patience = 60_000;

/**
 * Does what the guide says, in its order: types its commands, saves the files that it prints under the names in their
 * first lines. Answers with the folder of the adapter that came of it.
 */
export async function followGuide(folder: string, registry: Registry): Promise<string> {
  const started = performance.now();
  let cwd = folder;
  let adapter: string | undefined;
  for (const block of blocksOf(guide)) {
    const path = nameOf(block);
    if (path !== undefined) writeAt(cwd, path, block.text);
    if (block.language !== 'sh') continue;
    const commands = block.text.trim().split('\n');
    // Who uses it has another folder than who wrote it.
    if (commands[0]?.startsWith('npm install @krater/cli')) {
      adapter = cwd;
      cwd = join(folder, 'reader');
      writeAt(cwd, 'package.json', '{ "name": "reader", "private": true }');
    }
    for (const command of commands) {
      if (command.startsWith('cd ')) cwd = join(cwd, command.slice(3));
      else await type(command, cwd, registry);
      if (command !== 'npm run dev') continue;
      const took = performance.now() - started;
      if (took > patience) throw new Error(`from nothing to instances took ${Math.round(took / 1000)} s`);
    }
  }
  if (adapter === undefined) throw new Error(`${guide} does not come to its end`);
  return adapter;
}

function nameOf({ text }: Block): string | undefined {
  return /^(?:\/\/|#) ([\w./-]+\.(?:ts|yaml))\n/.exec(text)?.[1];
}

function writeAt(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function type(command: string, cwd: string, { env, alone }: Registry): Promise<void> {
  if (command === 'npm run dev') return seeInstances(cwd, env);
  const [program = '', ...args] = command.split(' ');
  // What is not published anywhere else, and needs nothing that is.
  const isOurs = /^npm (?:create|publish)\b|adapters add/.test(command);
  const output = await mustRun(program, args, { cwd, env: isOurs ? alone : env });
  if (command === 'npx krater adapters' && !/^shout +0\.1\.0 +listentry /m.test(output))
    throw new Error(`${command} printed:\n${output}`);
}

/** `npm run dev` is at work as soon as it has printed an answer; Ctrl-C ends it. */
async function seeInstances(cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn('npm', ['run', 'dev'], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the signal reaches what npm has started, as one from a terminal does.
    detached: true,
  });
  let output = '';
  const seen = Promise.withResolvers<void>();
  const take = (chunk: string) => {
    output += chunk;
    if (/^listentry .* -> /m.test(output)) seen.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
  };
  const late = setTimeout(seen.resolve, patience);
  process.once('exit', stop);
  await Promise.race([seen.promise, ended]);
  clearTimeout(late);
  stop();
  await ended;
  process.off('exit', stop);
  if (!/^listentry .* -> /m.test(output)) throw new Error(`npm run dev showed no instance:\n${output}`);
}
