import { type BaseEnv, KraterError, readAtMost, readFileAtMost } from '@krater/mixer';
import type { Code } from './codes.ts';
import type { Config } from './config.ts';

/** Where a key set is read. */
export interface Source {
  /** For the log: without credentials and query. */
  readonly name: string;
  /** The whole text, or an error with a code of ours or of the system. */
  read(): Promise<string>;
  close(): Promise<void>;
}

export async function createSource(config: Config, env: BaseEnv): Promise<Source> {
  const { file, url = '', maxSize } = config;
  if (file !== undefined) {
    const read = () => within(config, env, signal => readFileAtMost(file, maxSize, signal));
    return { name: file, read, close: async () => {} };
  }
  const { origin, pathname } = new URL(url);
  const agent = config.ca && (await trusting(config.ca.reveal()));
  const init = {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
  } as const;
  return {
    name: origin + pathname,
    read: () =>
      within(config, env, async signal => {
        const response = await env.fetch(url, { ...init, ...({ dispatcher: agent } as object), signal });
        if (response.ok) return readAtMost(response.body ?? [], maxSize);
        await response.body?.cancel();
        throw failure('JWT_UNREADABLE', `the url answered with status ${response.status}`);
      }),
    close: async () => agent?.destroy(),
  };
}

/** Connections that trust these certificates only. A plain object to the compiler: Node's types of `fetch` are another version's. */
async function trusting(ca: string): Promise<{ destroy(): Promise<void> }> {
  const { Agent } = await import('undici');
  return new Agent({ connect: { ca } });
}

/** What is read within the limits; undefined stands for more than it may have. */
async function within(
  { timeout, maxSize }: Config,
  env: BaseEnv,
  read: (signal: AbortSignal) => Promise<string | undefined>,
): Promise<string> {
  const late = new AbortController();
  using _timer = env.timers.after(timeout, () => late.abort());
  try {
    const text = await read(AbortSignal.any([late.signal, env.signal]));
    if (text !== undefined) return text;
  } catch (error) {
    if (late.signal.aborted)
      throw failure('JWT_UNREADABLE', `the key set was not read within ${timeout} ms`, error);
    throw error instanceof KraterError ? error : failure('JWT_UNREADABLE', messageOf(error), error);
  }
  throw failure('JWT_TOO_LARGE', `the key set has more than ${maxSize} bytes`);
}

/** What `fetch` says is in its cause: the refused connection, the unknown certificate. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  return `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`;
}

export function failure(code: Code, message: string, cause?: unknown): KraterError {
  return new KraterError(code, message, { cause });
}
