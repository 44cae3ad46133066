import { setImmediate } from 'node:timers/promises';
import type { Clock, Timers } from '../env.ts';

interface Timer {
  readonly label: string;
  readonly run: () => unknown;
  readonly period: number | undefined;
  due: number;
}

/** A clock that stands still until a test moves it, and the timers that hang on it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2030, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /**
   * Moves the time on by milliseconds and runs the timers that come due, in the order of their times. What a timer
   * starts is waited for before the time moves on; with `wait: false` it is not, for runs that themselves wait for a
   * later time.
   */
  async advance(milliseconds: number, { wait = true }: { readonly wait?: boolean } = {}): Promise<void> {
    const target = this.#now + milliseconds;
    for (let timer = this.#next(target); timer !== undefined; timer = this.#next(target)) {
      this.#now = Math.max(this.#now, timer.due);
      this.#timers.delete(timer);
      const again = () => {
        if (timer.period === undefined || this.#stopped.has(timer)) return;
        timer.due = this.#now + timer.period;
        this.#timers.add(timer);
      };
      const running = Promise.resolve(timer.run()).then(again);
      if (wait) await running;
      else await setImmediate();
    }
    this.#now = target;
    await setImmediate();
  }

  readonly #stopped = new WeakSet<Timer>();

  /** Timers on this clock for one owner: `failed` is told what a run throws, `open` names those not yet over. */
  timers(failed: (error: unknown) => void): Timers & { open(): string[]; close(): void } {
    const own = new Set<Timer>();
    let closed = false;
    const start = (
      label: string,
      milliseconds: number,
      period: number | undefined,
      run: () => unknown,
    ): Disposable => {
      const guarded = async () => {
        if (period === undefined) own.delete(timer);
        try {
          await run();
        } catch (error) {
          failed(error);
        }
      };
      const timer: Timer = { label, run: guarded, period, due: this.#now + milliseconds };
      const stop = () => {
        own.delete(timer);
        this.#timers.delete(timer);
        this.#stopped.add(timer);
      };
      if (!closed) {
        own.add(timer);
        this.#timers.add(timer);
      }
      return { [Symbol.dispose]: stop };
    };
    return {
      after: (milliseconds, run) => start(`timer after ${milliseconds} ms`, milliseconds, undefined, run),
      every: (milliseconds, run) => start(`timer every ${milliseconds} ms`, milliseconds, milliseconds, run),
      open: () => [...own].map(({ label }) => label),
      close: () => {
        closed = true;
        for (const timer of own) {
          this.#timers.delete(timer);
          this.#stopped.add(timer);
        }
        own.clear();
      },
    };
  }

  #next(target: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= target && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }
}
