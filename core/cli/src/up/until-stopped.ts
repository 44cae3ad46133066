/** `npm start` passes a Ctrl-C on to us that the terminal has sent us already: within this time it is one. */
const oneKeyPress = 250;

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let asked: number | undefined;
    const ask = (signal: NodeJS.Signals) => {
      const now = performance.now();
      if (asked !== undefined && now - asked > oneKeyPress) process.exit(signal === 'SIGINT' ? 130 : 143);
      asked ??= now;
      resolve(signal);
    };
    process.on('SIGINT', ask).on('SIGTERM', ask);
  });
}
