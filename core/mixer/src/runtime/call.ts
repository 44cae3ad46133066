import { KraterError } from '@krater/documents';
import type { CallContext } from '../template.ts';
import type { MaybePromise } from '../value.ts';
import type { Ambient } from './ambient.ts';
import type { HandleFunction, Handler } from './handler.ts';

/** What came of calling a handler: its value, or how it failed. */
export type Outcome = { readonly value: unknown } | { readonly failure: KraterError };

export function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** One check or report as its handlers see it. Signals, the caller's too, are made only when somebody asks for one. */
export class CallScope implements CallContext {
  readonly deadline: number;
  readonly #caller: { readonly signal?: AbortSignal };
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #reason: unknown;

  constructor(deadline: number, caller: { readonly signal?: AbortSignal } = {}) {
    this.deadline = deadline;
    this.#caller = caller;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
      const own = this.#controller.signal;
      const ofCaller = this.#caller.signal;
      this.#signal = ofCaller === undefined ? own : AbortSignal.any([own, ofCaller]);
    }
    return this.#signal;
  }

  cancel(reason: unknown): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}

/**
 * Calls a handler and contains it: a throw, a rejection and silence become failures, counted and logged with the
 * handler's name. `late` is told the answer of a handler that was given up.
 */
export function call(
  handler: Handler,
  handle: HandleFunction,
  args: readonly unknown[],
  scope: CallScope,
  ambient: Ambient,
  late?: (value: unknown) => void,
): MaybePromise<Outcome> {
  const { statistics } = handler;
  const began = ambient.clock.now();
  statistics.calls++;
  let value: unknown;
  try {
    value = handle(...args, scope);
  } catch (error) {
    return failed(handler, error, ambient);
  }
  if (!isPromise(value)) {
    statistics.time += ambient.clock.now() - began;
    return { value };
  }
  return settled(value, handler, began, scope, ambient, late);
}

function settled(
  answer: Promise<unknown>,
  handler: Handler,
  began: number,
  scope: CallScope,
  ambient: Ambient,
  late: ((value: unknown) => void) | undefined,
): Promise<Outcome> {
  return new Promise(resolve => {
    const limit = Math.max(0, Math.min(handler.plan.deadline, scope.deadline - began));
    let givenUp = false;
    const stop = ambient.after(
      limit,
      () => {
        givenUp = true;
        const message = `handler "${handler.plan.id}" did not answer within ${Math.round(limit)} ms`;
        resolve(failed(handler, new KraterError('HANDLER_TIMEOUT', message), ambient));
      },
      'awaited',
    );
    answer.then(
      value => {
        if (givenUp) return late?.(value);
        stop();
        handler.statistics.time += ambient.clock.now() - began;
        resolve({ value });
      },
      error => {
        if (givenUp) return;
        stop();
        resolve(failed(handler, error, ambient));
      },
    );
  });
}

/** Counts and logs a failure of a handler. */
export function failed(handler: Handler, error: unknown, ambient: Ambient): Outcome {
  handler.statistics.failures++;
  const message = error instanceof Error ? error.message : String(error);
  const failure =
    error instanceof KraterError ? error : new KraterError('HANDLER_FAILED', message, { cause: error });
  ambient.log.error('a handler failed', { handler: handler.plan.id, code: failure.code, error: message });
  return { failure };
}
