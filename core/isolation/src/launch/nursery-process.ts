import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import type { Notice, Order } from './nursery.ts';
import { printedLines } from './printed-lines.ts';

/** What a nursery runs: starts child processes for its host, and ends them with it, which is when its stdin ends. */

const children = new Map<number, ChildProcess>();

// What does not arrive was for a host that has ended.
const tell = (notice: Notice, pipe?: Socket) => void process.send?.(notice, pipe, () => {});
const after = (milliseconds: number, run: () => void) => void setTimeout(run, milliseconds).unref();

process.on('message', (order: Order) => {
  if ('start' in order) start(order.start, order.args);
  else children.get(order.end)?.kill('SIGKILL');
});
// Not 'disconnect': Node does not tell that while a handle is on its way.
process.stdin.resume().on('close', () => {
  for (const child of children.values()) child.kill('SIGKILL');
  process.exit();
});

function start(id: number, args: readonly string[]): void {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let failure: string | undefined;
  child.on('error', error => {
    failure = `it could not be started: ${error.message}`;
    // One that never was has no exit.
    if (child.pid === undefined) tell({ child: id, ended: failure });
  });
  child.on('exit', (code, signal) => {
    children.delete(id);
    const reason = `it ${signal === null ? `exited with ${code}` : `was ended by ${signal}`}`;
    tell({ child: id, ended: failure ?? reason });
  });
  child.on('close', () => tell({ child: id, closed: true }));
  if (child.pid === undefined) return;
  children.set(id, child);
  // Nothing is read of the pipe here: a child tells nothing before its host has greeted it.
  tell({ child: id, pid: child.pid }, child.stdio[3] as Socket);
  for (const stream of ['stdout', 'stderr'] as const)
    printedLines(child[stream] as Socket, after, line => tell({ child: id, line, stream }));
}
