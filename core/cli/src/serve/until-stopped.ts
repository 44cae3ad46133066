import { onReaderGone } from '../reader.ts';

/** `npm start` passes a Ctrl-C on to us that the terminal has sent us already: within this time it is one. */
const oneKeyPress = 250;

/** What asks a running krater to end, and the exit code of one that is asked twice. A closed terminal hangs up. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Resolves at the first Ctrl-C, SIGTERM or SIGHUP, or when nobody reads our output any more; a second signal ends the
 * process at once.
 */
export function untilStopped(): Promise<void> {
  return new Promise(resolve => {
    let asked: number | undefined;
    for (const [signal, exitCode] of Object.entries(exitCodes)) {
      const before = process.listeners(signal as NodeJS.Signals);
      process.on(signal, () => {
        const now = performance.now();
        // A terminal that closes says so in several ways, and none of them is impatience.
        if (asked !== undefined && now - asked > oneKeyPress && signal !== 'SIGHUP') process.exit(exitCode);
        asked ??= now;
        resolve();
      });
      // The first lines of the command only ended the process: from here on there are things to close. There is no
      // moment without a listener, in which a signal would be lost.
      for (const listener of before) process.off(signal, listener);
    }
    onReaderGone(resolve);
  });
}
