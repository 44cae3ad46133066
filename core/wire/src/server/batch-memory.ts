import type { Clock } from '@krater/mixer';

const most = 10_000;
const age = 60_000;

interface Batch {
  readonly until: number;
  /** Undefined once handlers have it. */
  taken: Promise<void> | undefined;
}

/** Which report batches were taken: a client that hears nothing sends its batch once more, to be counted once. */
export class BatchMemory {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #batches = new Map<string, Batch>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): Pick<Batch, 'taken'> | undefined {
    this.#forgetOld();
    return this.#batches.get(key);
  }

  /** A batch that nobody took is forgotten, and may come again. */
  remember(key: string, taken: Promise<void> | undefined): void {
    const batch: Batch = { until: this.#clock.now() + age, taken };
    this.#batches.set(key, batch);
    if (this.#batches.size > most)
      for (const [oldest] of this.#batches.entries().take(1)) this.#batches.delete(oldest);
    taken?.then(
      () => {
        batch.taken = undefined;
      },
      () => {
        if (this.#batches.get(key) === batch) this.#batches.delete(key);
      },
    );
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#batches) {
      if (until > now) return;
      this.#batches.delete(key);
    }
  }
}
