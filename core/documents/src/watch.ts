import { type FSWatcher, promises as fs, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { type After, processAfter } from './ambient.ts';
import { readContent } from './folder.ts';
import type { SourceFile } from './problem.ts';

export interface WatchOptions {
  /** What the caller has loaded: whatever differs from it is a change. What the first look finds, if left out. */
  readonly known?: readonly SourceFile[];
  /** Other files whose content counts, such as those that secrets were read from; asked at every look. */
  readonly alsoWatch?: () => readonly string[];
  /** Milliseconds of quiet after which a change is believed (100). */
  readonly debounce?: number;
  /** The folder cannot be read; looked at again until it can. */
  readonly onError?: (error: unknown) => void;
  readonly after?: After;
}

export interface FolderWatch {
  /** Resolves after the first look: changes from then on are seen. */
  readonly ready: Promise<void>;
  close(): void;
}

/**
 * Watches what {@link readFolder} reads and hands over all files when their content has changed: edits in place,
 * editors' renames, new and removed files, swapped links (the `..data` of a Kubernetes ConfigMap). Events only say when
 * to look; a change is one that two looks in a row agree on, so a half-written file is not taken. `onChange` may be
 * asynchronous: the next look waits for it.
 *
 * @example
 * const watching = watchFolder('policy', files => mixer.reload(files), { known: files });
 */
export function watchFolder(
  path: string,
  onChange: (files: readonly SourceFile[]) => unknown,
  options: WatchOptions = {},
): FolderWatch {
  const looking = new Looking(path, onChange, options);
  return { ready: looking.look(), close: () => looking.close() };
}

/** Where the system has no events to give (too many watches, a network share), it is looked at this often. */
const slowly = 2000;

class Looking {
  readonly #path: string;
  readonly #onChange: (files: readonly SourceFile[]) => unknown;
  readonly #options: WatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #accepted: string | undefined;
  #seen: string | undefined;
  #failed: string | undefined;
  #scheduled: (() => void) | undefined;
  #looking = false;
  #again = false;
  #closed = false;

  constructor(path: string, onChange: (files: readonly SourceFile[]) => unknown, options: WatchOptions) {
    this.#path = path;
    this.#onChange = onChange;
    this.#options = options;
  }

  async look(): Promise<void> {
    this.#looking = true;
    this.#again = false;
    const soon = await this.#compare().catch(error => this.#fail(error));
    this.#looking = false;
    if (this.#again) this.#schedule(this.#quiet);
    else if (soon !== undefined) this.#schedule(soon);
  }

  close(): void {
    this.#closed = true;
    this.#scheduled?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  get #quiet(): number {
    return this.#options.debounce ?? 100;
  }

  /** Answers when to look again; undefined to wait for an event. */
  async #compare(): Promise<number | undefined> {
    const { files, folders } = await readContent(this.#path);
    const others = await Promise.all((this.#options.alsoWatch?.() ?? []).map(readOther));
    const followed = this.#follow([...folders, ...others.flatMap(({ folder }) => folder)]);
    const content = JSON.stringify([
      files.map(({ path, text }) => [path, text]),
      others.map(({ text }) => text),
    ]);
    this.#failed = undefined;
    if (this.#accepted === undefined) this.#accepted = this.#baseline(content, others);
    const stable = content === this.#seen;
    this.#seen = content;
    if (content !== this.#accepted && !this.#closed) {
      if (!stable) return this.#quiet;
      this.#accepted = content;
      await this.#onChange(files);
    }
    if (followed === 'new') return this.#quiet;
    return followed === 'impossible' ? slowly : undefined;
  }

  #baseline(content: string, others: readonly Other[]): string {
    const { known } = this.#options;
    if (!known) return content;
    const sorted = known.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    return JSON.stringify([sorted.map(({ path, text }) => [path, text]), others.map(({ text }) => text)]);
  }

  #fail(error: unknown): number {
    const failed = String(error);
    if (failed !== this.#failed && !this.#closed) this.#options.onError?.(error);
    this.#failed = failed;
    return slowly;
  }

  /** A folder that is watched from now on may have changed since it was read: `new` asks for another look. */
  #follow(folders: readonly string[]): 'same' | 'new' | 'impossible' {
    // A folder that was removed and made again has the same path, but its watcher is dead.
    const wanted = new Map(folders.map(folder => [`${folder}:${identityOf(folder)}`, folder]));
    for (const [key, watcher] of this.#watchers) {
      if (wanted.has(key)) continue;
      watcher.close();
      this.#watchers.delete(key);
    }
    let outcome: 'same' | 'new' | 'impossible' = 'same';
    for (const [key, folder] of wanted) {
      if (this.#closed || this.#watchers.has(key)) continue;
      try {
        const watcher = watch(folder, () => this.#schedule(this.#quiet));
        watcher.on('error', () => this.#schedule(slowly));
        this.#watchers.set(key, watcher);
        if (outcome === 'same') outcome = 'new';
      } catch {
        outcome = 'impossible';
      }
    }
    return outcome;
  }

  #schedule(delay: number): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#scheduled?.();
    this.#scheduled = (this.#options.after ?? processAfter)(delay, () => void this.look());
  }
}

/** The inode alone is not enough: the next folder often gets the same one. */
function identityOf(folder: string): string | undefined {
  const about = statSync(folder, { throwIfNoEntry: false });
  return about && `${about.ino}:${about.birthtimeMs}`;
}

interface Other {
  readonly text: string | null;
  readonly folder: readonly string[];
}

async function readOther(path: string): Promise<Other> {
  const [text, real, folder] = await Promise.all([
    fs.readFile(path, 'utf8').catch(() => null),
    fs.realpath(path).then(dirname, () => []),
    fs.realpath(dirname(path)).catch(() => []),
  ]);
  return { text, folder: [real, folder].flat() };
}
