import { open } from 'node:fs/promises';
import { type BaseEnv, KraterError } from '@krater/mixer';
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
  const { file, url = '', timeout } = config;
  if (file !== undefined) {
    const read = () => within(timeout, env, () => readFile(file, config));
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
      within(timeout, env, async signal => {
        const response = await env.fetch(url, { ...init, ...({ dispatcher: agent } as object), signal });
        if (response.ok) return readAtMost(config.maxSize, response.body ?? []);
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

async function readFile(path: string, { maxSize }: Config): Promise<string> {
  const file = await open(path);
  return readAtMost(maxSize, file.createReadStream());
}

/** Never holds more than the bound, whatever length the other side announces. */
async function readAtMost(
  maxSize: number,
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxSize) throw failure('JWT_TOO_LARGE', `the key set has more than ${maxSize} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

async function within<T>(
  timeout: number,
  env: BaseEnv,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  using _timer = env.timers.after(timeout, () => late.abort());
  try {
    return await run(AbortSignal.any([late.signal, env.signal]));
  } catch (error) {
    if (late.signal.aborted)
      throw failure('JWT_UNREADABLE', `the key set was not read within ${timeout} ms`, error);
    throw error instanceof KraterError ? error : failure('JWT_UNREADABLE', messageOf(error), error);
  }
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
