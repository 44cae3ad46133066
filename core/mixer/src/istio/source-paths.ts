import type { ConfigPath } from '../config/document.ts';

/** Which path of the original document each path of the native one came from. */
export class SourcePaths {
  readonly #originals = new Map<string, ConfigPath>();

  record(native: ConfigPath, original: ConfigPath): void {
    this.#originals.set(key(native), original);
  }

  /** The longest recorded beginning decides; the rest is spelt alike in both. */
  originalOf(native: ConfigPath): ConfigPath {
    for (let length = native.length; length > 0; length--) {
      const original = this.#originals.get(key(native.slice(0, length)));
      if (original !== undefined) return [...original, ...native.slice(length)];
    }
    return native;
  }
}

function key(path: ConfigPath): string {
  return JSON.stringify(path);
}
