// Outlives a krater that was killed, and ends the applications that it was told of. Ends by itself when krater does.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const patience = 2_000;
const groups = new Set();

process.on('message', ({ watch, forget }) => {
  if (watch !== undefined) groups.add(watch);
  groups.delete(forget);
});

process.once('disconnect', async () => {
  signalAll('SIGTERM');
  for (const started = Date.now(); groups.size > 0 && Date.now() - started < patience; ) {
    await sleep(50);
    signalAll(0);
  }
  signalAll('SIGKILL');
});

/** Forgets the groups that have ended. */
function signalAll(signal) {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch {
      groups.delete(group);
    }
  }
}
