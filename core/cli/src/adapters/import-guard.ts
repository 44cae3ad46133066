import { AsyncLocalStorage } from 'node:async_hooks';

/** One import that is going on. */
interface Import {
  ended: boolean;
}

const current = new AsyncLocalStorage<Import>();
const pending = new Set<Import>();
const exitProcess = process.exit;

/**
 * Imports an adapter so that it can do nothing worse than fail: one whose top level calls `process.exit` or never
 * settles is an error. `patience` in milliseconds.
 */
export async function guardImport<T>(patience: number, load: () => Promise<T>): Promise<T> {
  const running: Import = { ended: false };
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    overdue.reject(new Error(`it did not end within ${patience / 1000} s`));
  }, patience);
  pending.add(running);
  process.exit = refuseExit;
  try {
    return await Promise.race([current.run(running, load), overdue.promise]);
  } finally {
    running.ended = true;
    clearTimeout(timer);
    pending.delete(running);
    if (pending.size === 0) process.exit = exitProcess;
  }
}

/** In the place of `process.exit` while adapters are imported; everyone but they may still exit. */
function refuseExit(code?: number | string | null): never {
  const running = current.getStore();
  if (running === undefined || running.ended) return exitProcess(code);
  throw new Error(`it called process.exit(${code ?? ''}) while it was imported`);
}
