import type { BaseEnv } from '@krater/mixer';

/** Waits between half the time and all of it, so that many who failed together do not come back together. */
export async function pause(milliseconds: number, env: BaseEnv, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = env.timers.after(milliseconds * (0.5 + env.random() / 2), resolve);
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  await promise;
  signal.removeEventListener('abort', wake);
}
