import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Keeps the process ids that `+ID` names and `-ID` takes back; at the end of its input it kills those it has left. */
const script = `left=' '
while read -r line; do
  id=\${line#?}
  case $line in
    +*) left="$left$id " ;;
    -*) left="\${left%% $id *} \${left#* $id }" ;;
  esac
done
for id in $left; do kill -9 "$id"; done`;

let guard: ChildProcessByStdio<Writable, null, null> | undefined;
const children = new Set<number>();

/**
 * Sees to it that a child process does not outlive this one, however that ends: a child notices it by itself when its
 * pipe closes, unless an adapter keeps it busy for ever. One shell for all children waits for the end of our pipe to it;
 * where there is no shell, a busy child outlives a host that was killed. Returns what calls it off.
 */
export function endWithUs(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  guard ??= startGuard();
  children.add(pid);
  guard.stdin.write(`+${pid}\n`);
  return () => {
    if (!children.delete(pid)) return;
    guard?.stdin.write(`-${pid}\n`);
    if (children.size > 0) return;
    guard?.stdin.end();
    guard = undefined;
  };
}

function startGuard(): ChildProcessByStdio<Writable, null, null> {
  // A group of its own, so that a terminal which ends ours does not end it first.
  const started = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  started.on('error', () => {});
  started.stdin.on('error', () => {});
  started.unref();
  (started.stdin as Socket).unref();
  return started;
}
