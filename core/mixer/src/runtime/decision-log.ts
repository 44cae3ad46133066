import type { Decision } from '../decision.ts';

/** The last decisions, by id: a ring, so it never grows. */
export class DecisionLog {
  readonly #ring: (Decision | undefined)[];
  readonly #byId = new Map<string, Decision>();
  #next = 0;

  constructor(capacity: number) {
    this.#ring = new Array(capacity).fill(undefined);
  }

  add(decision: Decision): void {
    if (this.#ring.length === 0) return;
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#byId.delete(oldest.id);
    this.#ring[this.#next] = decision;
    this.#byId.set(decision.id, decision);
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  get(id: string): Decision | undefined {
    return this.#byId.get(id);
  }

  /** Newest last. */
  all(): readonly Decision[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].filter(
      (decision): decision is Decision => decision !== undefined,
    );
  }
}
