/**
 * Pauses between attempts: the first short, each twice as long as the one before, half of it chance.
 *
 * @example new BackOff(50, 1_000, Math.random).next() // 25 to 50, then 50 to 100 …
 */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(first: number, longest: number, random: () => number) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** Milliseconds. */
  next(): number {
    const pause = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#attempts++, 30));
    return pause * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
