/** Failures in a row after which nobody is asked any more. */
const threshold = 5;
/** The first pause in milliseconds; it doubles with every trial that fails, up to the longest. */
const pause = { first: 1_000, longest: 30_000 };
/** How long after a failure a handler still counts as degraded, in milliseconds. */
const memory = 10_000;

/**
 * Stops asking what fails every time: after five failures in a row nobody is asked for a while, then one call at a time
 * is let in as a trial; one that succeeds closes the circuit again. Time is the caller's, in milliseconds; pauses are
 * jittered, so that many handlers of one backend do not come back in the same moment.
 */
export class CircuitBreaker {
  readonly #random: () => number;
  #inRow = 0;
  #openings = 0;
  #until = 0;
  #trying = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether a call may be made now. Each yes must be followed by one of the three outcomes. */
  admits(now: number): boolean {
    if (this.#openings === 0) return true;
    if (this.#trying || now < this.#until) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    if (this.#openings > 0 && !this.#trying) return;
    this.#inRow = 0;
    this.#openings = 0;
    this.#trying = false;
  }

  failed(now: number): void {
    this.#last = now;
    this.#inRow++;
    if (this.#openings > 0 ? !this.#trying : this.#inRow < threshold) return;
    const longest = Math.min(pause.longest, pause.first * 2 ** this.#openings);
    this.#until = now + longest * (0.5 + this.#random() / 2);
    this.#openings++;
    this.#trying = false;
  }

  /** The call came to nothing that says anything about the handler. */
  withdrawn(): void {
    this.#trying = false;
  }

  /** Open until a trial has succeeded. */
  get open(): boolean {
    return this.#openings > 0;
  }

  failedLately(now: number): boolean {
    return now - this.#last < memory;
  }
}
