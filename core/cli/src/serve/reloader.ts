import type { SourceFile } from '@krater/documents';
import type { Reload } from '@krater/mixer';
import type { Announcer } from './announcer.ts';
import type { ListeningAt } from './listen.ts';

export interface ReloaderParts {
  /** Swaps the configuration, whole or not at all. */
  readonly reload: (files: readonly SourceFile[]) => Promise<Reload>;
  readonly announcer: Announcer;
  readonly addresses: () => readonly ListeningAt[];
  /** What else follows an accepted change. */
  readonly applied?: () => Promise<void>;
}

/**
 * What is done when files have changed: the configuration is swapped whole or not at all, then what depends on it
 * follows. A failure to follow is told and stops nothing else.
 */
export function createReloader(loaded: readonly SourceFile[], parts: ReloaderParts) {
  const { reload, announcer, addresses, applied } = parts;
  let before = loaded;

  return async (files: readonly SourceFile[]): Promise<void> => {
    const changed = changedPaths(before, files);
    before = files;
    const listened = addresses();
    const reloaded = await reload(files);
    announcer.reloaded(changed, reloaded);
    if (!reloaded.accepted) return;
    await applied?.().catch(error => announcer.failed(error));
    announceDifference(listened, addresses(), announcer);
  };
}

function changedPaths(before: readonly SourceFile[], after: readonly SourceFile[]): readonly string[] {
  const [old, now] = [before, after].map(files => new Map(files.map(({ path, text }) => [path, text])));
  const paths = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...paths].filter(path => old?.get(path) !== now?.get(path)).sort();
}

function announceDifference(
  before: readonly ListeningAt[],
  after: readonly ListeningAt[],
  announcer: Announcer,
): void {
  const key = ({ what, address }: ListeningAt) => `${what} ${address}`;
  const [old, now] = [new Set(before.map(key)), new Set(after.map(key))];
  for (const it of before) if (!now.has(key(it))) announcer.stopped(it);
  for (const it of after) if (!old.has(key(it))) announcer.started(it);
}
