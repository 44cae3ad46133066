import { KraterError } from '@krater/documents';
import type { MaybePromise } from '../value.ts';
import type { Ambient } from './ambient.ts';
import { type CallScope, HandlerCall } from './call-scope.ts';
import type { HandleFunction, Handler } from './handler.ts';
import { messageOf } from './thrown.ts';

/** What came of calling a handler: its value, or how it failed. */
export type Outcome = { readonly value: unknown } | { readonly failure: KraterError };
/** The same, and how long it took in milliseconds: the clock is read twice for a call, and for nothing around it. */
export type TimedOutcome = Outcome & { readonly took: number };

export function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Calls a handler and contains it: a throw, a rejection and silence become failures, counted and logged with the
 * handler's name; whatever it does after it was cancelled concerns nobody. `late` is told the answer of a handler that
 * was given up.
 */
export function call(
  handler: Handler,
  handle: HandleFunction,
  args: readonly unknown[],
  scope: CallScope,
  ambient: Ambient,
  late?: (value: unknown) => void,
): MaybePromise<TimedOutcome> {
  const { statistics } = handler;
  const began = ambient.clock.now();
  const context = new HandlerCall(began, Math.min(began + handler.deadline, scope.deadline), scope);
  statistics.calls++;
  try {
    const value: unknown = handle(...args, context);
    if (isPromise(value)) return settled(value, handler, context, scope, ambient, late);
    const took = ambient.clock.now() - began;
    statistics.time += took;
    return { value, took };
  } catch (error) {
    const took = ambient.clock.now() - began;
    statistics.time += took;
    return { ...failed(handler, error, ambient), took };
  }
}

function settled(
  answer: Promise<unknown>,
  handler: Handler,
  context: HandlerCall,
  scope: CallScope,
  ambient: Ambient,
  late: ((value: unknown) => void) | undefined,
): Promise<TimedOutcome> {
  return new Promise(resolve => {
    const limit = Math.max(0, context.deadline - context.now);
    const took = () => ambient.clock.now() - context.now;
    let givenUp = false;
    const stop = ambient.after(
      limit,
      () => {
        const message = `handler "${handler.plan.id}" did not answer within ${Math.round(limit)} ms`;
        const timeout = new KraterError('HANDLER_TIMEOUT', message);
        resolve({ ...failed(handler, timeout, ambient), took: took() });
        context.end(timeout);
      },
      'awaited',
    );
    const settle = (outcome: () => Outcome) => {
      stop();
      scope.settled(context);
      const time = took();
      handler.statistics.time += time;
      resolve({ ...outcome(), took: time });
    };
    context.onEnd(reason => {
      givenUp = true;
      stop();
      scope.settled(context);
      resolve({ failure: reason as KraterError, took: took() });
    });
    scope.wait(context);
    // Anything with a `then` was taken for a promise; only a real one calls back once, and later.
    Promise.resolve(answer).then(
      value => (givenUp ? late?.(value) : settle(() => ({ value }))),
      error => {
        if (!givenUp) settle(() => failed(handler, error, ambient));
      },
    );
  });
}

/** Counts a failure of a handler, and logs it unless the same has been told just now. */
export function failed(handler: Handler, error: unknown, ambient: Ambient): { failure: KraterError } {
  handler.statistics.failures++;
  const failure =
    error instanceof KraterError
      ? error
      : new KraterError('HANDLER_FAILED', messageOf(error), { cause: error });
  handler.failures.tell(failure, ambient);
  return { failure };
}
