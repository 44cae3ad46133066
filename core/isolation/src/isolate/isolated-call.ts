import type { CallContext } from '@krater/mixer';

/** One call, as a handler in an isolate sees it; most never ask for the signal. */
export class IsolatedCall implements CallContext {
  readonly now: number;
  readonly deadline: number;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(now: number, left: number) {
    this.now = now;
    this.deadline = now + left;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Nobody waits for the answer any more. */
  cancel(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}
