import type { Ambient } from '@krater/mixer';

/** Milliseconds: the first pause grows fourfold with every end that follows soon, up to the longest. */
const pause = { first: 100, longest: 30_000 };
/** What has lived so long in milliseconds counts as cured. */
const stable = 10_000;
/** Ends in a row after which it is called broken. */
const patience = 3;

/** How long to wait before something that ended is started anew: jittered, and longer each time it soon ends again. */
export class RestartDelay {
  readonly #ambient: Pick<Ambient, 'clock' | 'random'>;
  #inRow = 0;
  #startedAt: number | undefined;

  constructor(ambient: Pick<Ambient, 'clock' | 'random'>) {
    this.#ambient = ambient;
  }

  /** It runs. */
  started(): void {
    this.#startedAt = this.#ambient.clock.now();
  }

  /** It has ended: milliseconds until it may be started anew. */
  next(): number {
    if (this.#lived >= stable) this.#inRow = 0;
    this.#startedAt = undefined;
    const longest = Math.min(pause.longest, pause.first * 4 ** this.#inRow);
    this.#inRow++;
    return longest * (0.5 + this.#ambient.random() / 2);
  }

  get #lived(): number {
    return this.#startedAt === undefined ? 0 : this.#ambient.clock.now() - this.#startedAt;
  }

  /** It ended not long ago. */
  get unstable(): boolean {
    return this.#inRow > 0 && this.#lived < stable;
  }

  /** It ends again and again. */
  get hopeless(): boolean {
    return this.#inRow >= patience;
  }
}
