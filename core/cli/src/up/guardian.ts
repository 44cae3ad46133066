import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Sees to it that no application outlives krater, even one that is killed (SIGKILL, out of memory). */
export interface Guardian {
  /** A process group, by the id of its leader, that must not outlive this process. */
  watch(group: number): void;
  /** A group that has ended: its id may come to mean somebody else. */
  forget(group: number): void;
  /** Ends the guardian, and what it still watches. */
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('../../bin/guardian.js', import.meta.url));

/**
 * One small process for the whole tree, started with the first application and without waiting for it. It is in a
 * session of its own, so that what ends us does not end it, and learns of our end by the channel that closes.
 */
export function createGuardian(): Guardian {
  const groups = new Set<number>();
  let process: ChildProcess | undefined;

  const tell = (message: { readonly watch: number } | { readonly forget: number }) => {
    // A message that does not arrive went to a guardian that has ended, and the next one is told everything.
    if (process?.connected) process.send(message, () => {});
  };
  const start = () => {
    process = launch();
    for (const watch of groups) tell({ watch });
  };

  return {
    watch(group) {
      groups.add(group);
      if (process?.connected) tell({ watch: group });
      else start();
    },
    forget(group) {
      groups.delete(group);
      tell({ forget: group });
    },
    async close() {
      if (!process?.connected) return;
      const ended = once(process, 'exit');
      process.ref();
      process.disconnect();
      await ended;
    },
  };
}

function launch(): ChildProcess {
  const child = spawn(process.execPath, [program], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
  });
  // Without a guardian everything works as long as nobody kills us.
  child.on('error', () => {});
  child.unref();
  child.channel?.unref();
  return child;
}
