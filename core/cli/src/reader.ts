/** What writing says when whoever read our output has gone: a closed pipe, a closed terminal. */
const gone: ReadonlySet<unknown> = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED']);
const reader = new AbortController();

/**
 * Lets a command come to its answer although nobody reads its output any more (`krater validate DIR | head -1`): what
 * is still written goes nowhere, and the exit code stays the answer.
 */
export function outliveReader(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (!gone.has(error.code)) throw error;
      if (output === process.stdout) reader.abort();
    });
  }
}

/** Whether nobody reads standard output any more. */
export function readerGone(): boolean {
  return reader.signal.aborted;
}

/** Calls `then` once nobody reads standard output any more. */
export function onReaderGone(then: () => void): void {
  if (reader.signal.aborted) then();
  else reader.signal.addEventListener('abort', then, { once: true });
}
