import { open } from 'node:fs/promises';
import { type BaseEnv, KraterError } from '@krater/mixer';
import type { Code } from './codes.ts';

/** What was read from a file or url. */
export interface Content {
  readonly text: string;
  /** Of a url, to ask whether it has changed. */
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

export interface Limits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxSize: number;
}

/** Reads a list; `unchanged` where the source says that it is still what was read last. */
export type Source = (last: Content | undefined) => Promise<Content | 'unchanged'>;

export function fileSource(path: string, { maxSize, timeout }: Limits, env: BaseEnv): Source {
  return () =>
    within(timeout, env, async signal => {
      await using file = await open(path);
      // A stream that is made when it is too late already fails before anybody listens.
      signal.throwIfAborted();
      const stream = file.createReadStream({ autoClose: false, signal });
      return { text: await readAtMost(maxSize, stream), etag: undefined, modified: undefined };
    });
}

export function urlSource(url: string, { maxSize, timeout }: Limits, env: BaseEnv): Source {
  return last =>
    within(timeout, env, async signal => {
      const headers = new Headers({ accept: 'text/plain, application/json;q=0.9, */*;q=0.1' });
      if (last?.etag !== undefined) headers.set('if-none-match', last.etag);
      else if (last?.modified !== undefined) headers.set('if-modified-since', last.modified);
      const response = await env.fetch(url, { headers, signal });
      if (response.status === 304 && last !== undefined) return 'unchanged';
      if (!response.ok) {
        await response.body?.cancel();
        throw failure('DENYLIST_UNREADABLE', `the url answered with status ${response.status}`);
      }
      return {
        text: response.body === null ? '' : await readAtMost(maxSize, response.body),
        etag: response.headers.get('etag') ?? undefined,
        modified: response.headers.get('last-modified') ?? undefined,
      };
    });
}

/** Never holds more than the bound, whatever length the other side announces. */
async function readAtMost(maxSize: number, stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxSize) throw failure('DENYLIST_TOO_LARGE', `the list has more than ${maxSize} bytes`);
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
  } catch (cause) {
    if (late.signal.aborted)
      throw failure('DENYLIST_UNREADABLE', `the list was not read within ${timeout} ms`, cause);
    throw cause;
  }
}

export function failure(code: Code, message: string, cause?: unknown): KraterError {
  return new KraterError(code, message, { cause });
}
