import type { CallContext, MaybePromise } from '@krater/mixer';
import { isolationError } from '../error.ts';
import { textOf } from '../protocol/packed-error.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

export interface GuardLimits {
  readonly concurrency: number;
  readonly queue: number;
}

interface Waiting {
  readonly perform: () => MaybePromise<unknown>;
  readonly context: CallContext;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly leave: () => void;
}

/** How long after a call was refused a handler still counts as degraded, in milliseconds. */
const memory = 10_000;

/**
 * Stands before one handler: so many calls may be in it, so many may wait, and none while it is broken. The queue's
 * policy is first come, first served; a call that finds it full is refused at once, and one whose caller has gone
 * leaves it. A call whose deadline has passed gives its place up, whether or not the handler ever answers.
 *
 * Hot path for inline handlers: a call that is answered at once costs a few comparisons and allocates nothing.
 */
export class Guard {
  readonly refused = { full: 0, broken: 0, restarting: 0 };
  readonly #name: string;
  readonly #limits: GuardLimits;
  readonly #breaker: CircuitBreaker;
  readonly #queue = new Set<Waiting>();
  #running = 0;
  #patience = 0;
  #lastFull = Number.NEGATIVE_INFINITY;
  #reason: string | undefined;

  constructor(name: string, limits: GuardLimits, random: () => number) {
    this.#name = name;
    this.#limits = limits;
    this.#breaker = new CircuitBreaker(random);
  }

  run(perform: () => MaybePromise<unknown>, context: CallContext): MaybePromise<unknown> {
    if (this.#running >= this.#limits.concurrency) return this.#wait(perform, context);
    return this.#enter(perform, context);
  }

  #enter(perform: () => MaybePromise<unknown>, context: CallContext): MaybePromise<unknown> {
    if (!this.#breaker.admits(context.now)) {
      this.refused.broken++;
      throw isolationError(
        'HANDLER_BROKEN',
        `handler "${this.#name}" is broken and not asked for a while: ${this.#reason}`,
      );
    }
    this.#running++;
    let value: MaybePromise<unknown>;
    try {
      value = perform();
    } catch (error) {
      this.#failed(error, context.now);
      this.#leave();
      throw error;
    }
    if (isPromise(value)) return this.#follow(value, context);
    this.#breaker.succeeded();
    this.#leave();
    return value;
  }

  /** Gives the place up when the answer is there, or when nobody waits for it any more. */
  async #follow(value: Promise<unknown>, context: CallContext): Promise<unknown> {
    let inside = true;
    const { signal } = context;
    const given = context.deadline - context.now;
    // A caller in a hurry says nothing about the handler.
    const telling = given >= this.#patience / 2;
    if (given > this.#patience && Number.isFinite(given)) this.#patience = given;
    const leave = (outcome: () => void) => {
      if (!inside) return;
      inside = false;
      signal.removeEventListener('abort', abandoned);
      outcome();
      this.#leave();
    };
    const abandoned = () =>
      leave(() => {
        const { reason } = signal;
        if (telling && reason?.code === 'HANDLER_TIMEOUT') this.#failed(reason, context.deadline);
        else this.#breaker.withdrawn();
      });
    signal.addEventListener('abort', abandoned);
    if (signal.aborted) abandoned();
    try {
      const answer = await value;
      leave(() => this.#breaker.succeeded());
      return answer;
    } catch (error) {
      leave(() => this.#failed(error, context.now));
      throw error;
    }
  }

  #failed(error: unknown, now: number): void {
    this.#reason = textOf(error).slice(0, 300);
    this.#breaker.failed(now);
  }

  #wait(perform: () => MaybePromise<unknown>, context: CallContext): Promise<unknown> {
    if (this.#queue.size >= this.#limits.queue) {
      this.refused.full++;
      this.#lastFull = context.now;
      this.#reason = `its queue of ${this.#limits.queue} was full`;
      throw isolationError(
        'HANDLER_OVERLOADED',
        `handler "${this.#name}" has ${this.#running} calls in it, and its queue of ${this.#limits.queue} is full`,
      );
    }
    return new Promise((resolve, reject) => {
      const { signal } = context;
      const gone = () => {
        this.#queue.delete(waiting);
        reject(signal.reason);
      };
      const leave = () => signal.removeEventListener('abort', gone);
      const waiting: Waiting = { perform, context, resolve, reject, leave };
      this.#queue.add(waiting);
      signal.addEventListener('abort', gone, { once: true });
      if (signal.aborted) gone();
    });
  }

  #leave(): void {
    this.#running--;
    for (const waiting of this.#queue) {
      if (this.#running >= this.#limits.concurrency) return;
      this.#queue.delete(waiting);
      waiting.leave();
      try {
        waiting.resolve(this.#enter(waiting.perform, waiting.context));
      } catch (error) {
        waiting.reject(error);
      }
    }
  }

  /** What to show of it: broken while the circuit is open, degraded while something went wrong just now. */
  state(now: number): 'ready' | 'degraded' | 'broken' {
    if (this.#breaker.open) return 'broken';
    return this.#breaker.failedLately(now) || now - this.#lastFull < memory ? 'degraded' : 'ready';
  }

  get reason(): string | undefined {
    return this.#reason;
  }
  get running(): number {
    return this.#running;
  }
  get queued(): number {
    return this.#queue.size;
  }
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
