import type { CallContext } from '../template.ts';

/**
 * One check or report, as what its handlers are called in. Signals, the caller's too, are made only when somebody asks
 * for one: most handlers answer at once and never do.
 */
export class CallScope {
  readonly deadline: number;
  readonly #caller: { readonly signal?: AbortSignal };
  #asked = false;
  #cancelled: unknown;
  #waiting: Set<HandlerCall> | undefined;

  /** `deadline` in milliseconds on the clock; `Infinity` where each handler's own is the only one. */
  constructor(deadline: number, caller: { readonly signal?: AbortSignal } = {}) {
    this.deadline = deadline;
    this.#caller = caller;
  }

  /** The caller's signal. */
  callerSignal(): AbortSignal | undefined {
    this.#asked = true;
    return this.#caller.signal;
  }

  /** Whether the caller is known to have gone: known only where a handler wanted to know. */
  get callerGone(): boolean {
    return this.#asked && this.#caller.signal?.aborted === true;
  }

  wait(call: HandlerCall): void {
    this.#waiting = (this.#waiting ?? new Set()).add(call);
    if (this.#cancelled !== undefined) call.end(this.#cancelled);
  }

  settled(call: HandlerCall): void {
    this.#waiting?.delete(call);
  }

  /** Ends every call that is still waited for. */
  cancel(reason: unknown): void {
    this.#cancelled ??= reason;
    if (this.#waiting === undefined) return;
    for (const call of this.#waiting) call.end(this.#cancelled);
    this.#waiting.clear();
  }
}

/** One call of one handler, as the handler sees it. */
export class HandlerCall implements CallContext {
  readonly now: number;
  readonly deadline: number;
  readonly #scope: CallScope;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #onEnd: ((reason: unknown) => void) | undefined;

  constructor(now: number, deadline: number, scope: CallScope) {
    this.now = now;
    this.deadline = deadline;
    this.#scope = scope;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#controller = new AbortController();
      const { signal } = this.#controller;
      const ofCaller = this.#scope.callerSignal();
      this.#signal = ofCaller === undefined ? signal : AbortSignal.any([signal, ofCaller]);
      if (this.#ended !== undefined) this.#controller.abort(this.#ended.reason);
    }
    return this.#signal;
  }

  /** `listen` is told when the call ends before its answer is there. */
  onEnd(listen: (reason: unknown) => void): void {
    this.#onEnd = listen;
  }

  /** Nobody waits for the answer any more. */
  end(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    this.#controller?.abort(reason);
    this.#onEnd?.(reason);
  }
}
