import type { Ambient } from '@krater/mixer';

const interval = 20;
/** Share of the newest sample in the running mean: one long turn (a collection, a reload) sheds nobody. */
const weight = 0.3;
/** Buckets of the histogram grow by a fifth, from a tenth of a millisecond to some ten seconds. */
const growth = 1.2;
const smallest = 0.1;
const buckets = 64;
const window = 30_000;

/** How late timers fire: what everybody waits who waits for this process. */
export class EventLoopDelay {
  readonly #ambient: Pick<Ambient, 'clock' | 'after'>;
  #due: number;
  #cancel: (() => void) | undefined;
  #mean = 0;
  /** This window's samples, and those of the one before. */
  #current = new Uint32Array(buckets);
  #previous = new Uint32Array(buckets);
  #windowEnd: number;

  constructor(ambient: Pick<Ambient, 'clock' | 'after'>) {
    this.#ambient = ambient;
    this.#due = ambient.clock.now() + interval;
    this.#windowEnd = this.#due + window;
    this.#sleep();
  }

  /** Milliseconds, the running mean. */
  get mean(): number {
    return this.#mean;
  }

  /** Milliseconds that a share of the samples of the last minute does not exceed. */
  quantile(share: number): number {
    const counts = this.#current.map((count, index) => count + (this.#previous[index] ?? 0));
    const all = counts.reduce((sum, count) => sum + count, 0);
    let below = 0;
    for (const [index, count] of counts.entries()) {
      below += count;
      if (all > 0 && below >= share * all) return index === 0 ? 0 : smallest * growth ** index;
    }
    return 0;
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #sleep(): void {
    this.#cancel = this.#ambient.after(interval, () => {
      this.#sample();
      this.#sleep();
    });
  }

  #sample(): void {
    const now = this.#ambient.clock.now();
    const delay = Math.max(0, now - this.#due);
    this.#mean += weight * (delay - this.#mean);
    this.#due = now + interval;
    if (now >= this.#windowEnd) {
      this.#previous = this.#current;
      this.#current = new Uint32Array(buckets);
      this.#windowEnd = now + window;
    }
    const bucket = delay <= smallest ? 0 : Math.ceil(Math.log(delay / smallest) / Math.log(growth));
    const index = Math.min(buckets - 1, bucket);
    this.#current[index] = (this.#current[index] ?? 0) + 1;
  }
}
