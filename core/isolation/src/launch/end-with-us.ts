import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Sees to it that a child process does not outlive this one, however that ends: a child notices it by itself when its
 * pipe closes, unless an adapter keeps it busy for ever. A shell waits for the end of our pipe to it and then kills the
 * child; where there is no shell, a busy child outlives a host that was killed. Returns what calls it off.
 */
export function endWithUs(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  // A group of its own, so that a terminal which ends ours does not end it first.
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => void guard.kill('SIGKILL');
}
