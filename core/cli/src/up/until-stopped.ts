/** Resolves at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let asked = false;
    const ask = (signal: NodeJS.Signals) => {
      if (asked) process.exit(130);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', ask).on('SIGTERM', ask);
  });
}
