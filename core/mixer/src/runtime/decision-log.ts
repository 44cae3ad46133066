import type { Decision } from '../decision.ts';

/** Allows are kept in smaller number: there are many, and each keeps its request's attributes alive. */
const mostAllows = 100;

/**
 * The last decisions: as many refusals as the capacity says, which a flood of allows does not push out, and the last
 * few allows. Asking for one is rare, so only adding is fast.
 */
export class DecisionLog {
  readonly #refusals: Ring;
  readonly #allows: Ring;

  constructor(capacity: number) {
    this.#refusals = new Ring(capacity);
    this.#allows = new Ring(Math.min(capacity, mostAllows));
  }

  add(decision: Decision): void {
    (decision.status.code === 'OK' ? this.#allows : this.#refusals).add(decision);
  }

  get(id: string): Decision | undefined {
    return this.all().find(decision => decision.id === id);
  }

  /** Newest last. */
  all(): readonly Decision[] {
    return [...this.#refusals.all(), ...this.#allows.all()].sort((a, b) => a.at - b.at);
  }
}

class Ring {
  readonly #capacity: number;
  readonly #decisions: Decision[] = [];
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(decision: Decision): void {
    if (this.#capacity === 0) return;
    this.#decisions[this.#next] = decision;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  all(): readonly Decision[] {
    return [...this.#decisions.slice(this.#next), ...this.#decisions.slice(0, this.#next)];
  }
}
