import type { SourceFile } from '@krater/documents';
import type { Mixer } from '@krater/mixer';
import type { Announcer } from './announcer.ts';
import type { Fleet } from './fleet.ts';
import type { ListeningAt } from './status.ts';

export interface ReloaderParts {
  readonly mixer: Mixer;
  readonly fleet: Fleet;
  readonly announcer: Announcer;
  readonly addresses: () => readonly ListeningAt[];
  /** Called after an accepted change, when all workloads run. */
  readonly settled: () => Promise<void>;
}

/**
 * What is done when files have changed: the rules are swapped whole or not at all, then workloads follow. A failure to
 * start one is told and stops nothing else.
 */
export function createReloader(loaded: readonly SourceFile[], parts: ReloaderParts) {
  const { mixer, fleet, announcer, addresses, settled } = parts;
  let before = loaded;

  return async (files: readonly SourceFile[]): Promise<void> => {
    const changed = changedPaths(before, files);
    before = files;
    const listened = addresses();
    const reload = await mixer.reload(files);
    announcer.reloaded(changed, reload);
    if (!reload.accepted) return;
    try {
      await fleet.reconcile();
      await settled();
    } catch (error) {
      announcer.failed(error);
    }
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
