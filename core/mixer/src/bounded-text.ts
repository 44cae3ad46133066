import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The text (UTF-8) of a stream of bytes; undefined, and not read further, where it has more than `maxSize` bytes, whatever
 * length the other side announces.
 *
 * @example
 * const response = await env.fetch(url, { signal });
 * const text = await readAtMost(response.body ?? [], 64 * 1024);
 */
export async function readAtMost(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxSize: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxSize) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/**
 * The same of a regular file, or of what links lead to. Anything else is an Error that says what it is: a pipe keeps its
 * reader waiting, and has nothing left when it is read again.
 *
 * @example
 * const text = await readFileAtMost('/etc/krater/keys.json', 64 * 1024, env.signal);
 */
export async function readFileAtMost(
  path: string,
  maxSize: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Without O_NONBLOCK, opening a pipe holds a thread until somebody writes to it; no signal ends that.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const about = await file.stat();
  if (!about.isFile()) throw new Error(`the file is a ${kindOf(about)}; allowed: a regular file`);
  // A stream that is made when it is too late already fails before anybody listens.
  signal.throwIfAborted();
  return await readAtMost(file.createReadStream({ autoClose: false, signal }), maxSize);
}

function kindOf(about: Stats): string {
  if (about.isDirectory()) return 'directory';
  return about.isFIFO() ? 'pipe' : 'device';
}
