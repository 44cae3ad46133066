/**
 * What handlers keep across reloads (`env.keep`), by handler name and key. Pass one to several fake environments to
 * test a reload: each leases what it asks for, and the last one to close lets it go.
 */
export class Kept {
  readonly #entries = new Map<string, Entry>();

  lease<K>(holder: object, handler: string, key: string, make: () => K, close?: (kept: K) => unknown): K {
    const id = JSON.stringify([handler, key]);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = {
        label: `kept "${key}" of handler "${handler}"`,
        value: make(),
        close: close as Entry['close'],
        holders: new Set(),
      };
      this.#entries.set(id, entry);
    }
    entry.holders.add(holder);
    return entry.value as K;
  }

  async release(holder: object): Promise<void> {
    for (const [id, entry] of [...this.#entries].reverse()) {
      if (!entry.holders.delete(holder) || entry.holders.size > 0) continue;
      this.#entries.delete(id);
      await entry.close?.(entry.value);
    }
  }

  /** Names what is still held. */
  open(): string[] {
    return [...this.#entries.values()].map(({ label }) => label);
  }
}

interface Entry {
  readonly label: string;
  readonly value: unknown;
  readonly close: ((kept: unknown) => unknown) | undefined;
  readonly holders: Set<object>;
}
