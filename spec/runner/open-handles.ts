// Preloaded into every test process: says what keeps it alive when the runner asks.

process.on('SIGUSR2', () => {
  const names = process.getActiveResourcesInfo();
  const counted = [...new Set(names)].map(name => `${name} (${names.filter(one => one === name).length})`);
  const places = activeHandles()
    .map(describe)
    .filter(text => text !== undefined);
  process.stderr.write(
    `open handles: ${[...counted, ...places].join(', ') || 'none: the event loop is waiting for nothing'}\n`,
  );
});

function activeHandles(): readonly unknown[] {
  const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => unknown[] };
  return handles?.() ?? [];
}

function describe(handle: unknown): string | undefined {
  const { address, remoteAddress, remotePort, spawnfile, pid } = handle as {
    address?: unknown;
    remoteAddress?: string;
    remotePort?: number;
    spawnfile?: string;
    pid?: number;
  };
  if (spawnfile !== undefined) return `child process ${spawnfile} (pid ${pid})`;
  if (remoteAddress !== undefined) return `socket to ${remoteAddress}:${remotePort}`;
  if (typeof address !== 'function') return undefined;
  const bound = address.call(handle) as { address?: string; port?: number } | null;
  return bound?.port === undefined ? undefined : `socket bound to ${bound.address}:${bound.port}`;
}
