import { type BaseEnv, KraterError, readAtMost, readFileAtMost } from '@krater/mixer';
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
    within(timeout, env, async signal => contentOf(await readFileAtMost(path, maxSize, signal), maxSize));
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
      return contentOf(await readAtMost(response.body ?? [], maxSize), maxSize, response.headers);
    });
}

function contentOf(text: string | undefined, maxSize: number, headers?: Headers): Content {
  if (text === undefined) throw failure('DENYLIST_TOO_LARGE', `the list has more than ${maxSize} bytes`);
  return {
    text,
    etag: headers?.get('etag') ?? undefined,
    modified: headers?.get('last-modified') ?? undefined,
  };
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
    throw cause instanceof KraterError
      ? cause
      : failure('DENYLIST_UNREADABLE', (cause as Error).message, cause);
  }
}

export function failure(code: Code, message: string, cause?: unknown): KraterError {
  return new KraterError(code, message, { cause });
}
