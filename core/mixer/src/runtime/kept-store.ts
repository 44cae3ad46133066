/** Something that outlives reloads: owned by a handler's name, leased by every live handler of that name. */
interface Kept {
  readonly value: unknown;
  readonly close: ((value: never) => unknown) | undefined;
  readonly leases: Set<object>;
}

/**
 * Where `env.keep` puts sockets, series and counters. An entry is closed when its last lease is released, so an old and
 * a new handler of one name share it during a reload, and a refused reload leaves it as it was.
 */
export class KeptStore {
  readonly #byOwner = new Map<string, Map<string, Kept>>();

  /** Leases `key` of `owner` to `lessee`, making it on first need. */
  lease<K>(owner: string, key: string, lessee: object, make: () => K, close?: (kept: K) => unknown): K {
    const entries = this.#byOwner.get(owner) ?? new Map<string, Kept>();
    this.#byOwner.set(owner, entries);
    let kept = entries.get(key);
    if (kept === undefined) {
      kept = { value: make(), close: close as Kept['close'], leases: new Set() };
      entries.set(key, kept);
    }
    kept.leases.add(lessee);
    return kept.value as K;
  }

  /** Gives back everything that `lessee` holds; what nobody else holds is closed, all of it, before a failure is thrown. */
  async release(owner: string, lessee: object): Promise<void> {
    const entries = this.#byOwner.get(owner);
    if (entries === undefined) return;
    const ended: Kept[] = [];
    for (const [key, kept] of [...entries].reverse()) {
      if (!kept.leases.delete(lessee) || kept.leases.size > 0) continue;
      entries.delete(key);
      ended.push(kept);
    }
    if (entries.size === 0) this.#byOwner.delete(owner);
    const failures: unknown[] = [];
    for (const { close, value } of ended) {
      try {
        await close?.(value as never);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
