import { type ExitCode, exit } from '../terminal.ts';
import type { Announcer } from './announcer.ts';
import { Shutdown } from './shutdown.ts';
import { untilStopped } from './until-stopped.ts';

/** Milliseconds that everything together has to end after Ctrl-C. */
const patience = 4_500;
/** And what may go on after that. */
const grace = 300;

/**
 * Runs what `start` starts until it is asked to end, then ends it in the reverse order. A start that fails ends what was
 * started before it, and is the command's error.
 */
export async function runUntilStopped(
  announcer: Announcer,
  start: (shutdown: Shutdown) => Promise<void>,
): Promise<ExitCode> {
  const shutdown = new Shutdown();
  const stopped = untilStopped();
  try {
    await Promise.race([start(shutdown), stopped]);
    await stopped;
  } catch (error) {
    await shutdown.run(patience);
    throw error;
  }
  announcer.say({ event: 'stopping' }, 'stopping');
  for (const message of await shutdown.run(patience)) announcer.log.warn(message);
  announcer.say({ event: 'stopped' }, 'stopped');
  // Whatever an adapter has left open does not keep us.
  setTimeout(() => process.exit(exit.fine), grace).unref();
  return exit.fine;
}
