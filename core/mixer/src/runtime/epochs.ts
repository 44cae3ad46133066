/**
 * The numbers that handlers' epochs take: none comes twice in a process, so that a handler which is created anew, even
 * under a configuration that served before, never looks like an earlier one.
 */
export class Epochs {
  #last = 0;
  readonly #listeners = new Set<() => void>();

  next(): number {
    this.#last++;
    return this.#last;
  }

  /** Tells those who cache that something they depend on has changed. */
  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
