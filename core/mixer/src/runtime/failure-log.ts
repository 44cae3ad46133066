import type { KraterError } from '@krater/documents';
import type { Clock, Log } from '../env.ts';

/** How long a handler's failure of one code is told only once, in milliseconds. */
const quiet = 10_000;
/** Codes may come from adapters: more of them than this share one count. */
const mostCodes = 16;

/**
 * A handler's failures as log lines: the first of a code at once, then one line for every ten seconds, with how many
 * were left out. A handler that fails on every request must not bury everything else.
 */
export class FailureLog {
  readonly #handler: string;
  readonly #byCode = new Map<string, { told: number; suppressed: number }>();

  readonly #message: string;

  constructor(handler: string, message = 'a handler failed') {
    this.#handler = handler;
    this.#message = message;
  }

  tell({ code, message }: KraterError, { log, clock }: { readonly log: Log; readonly clock: Clock }): void {
    const key = this.#byCode.has(code) || this.#byCode.size < mostCodes ? code : '';
    const known = this.#byCode.get(key);
    const now = clock.now();
    if (known !== undefined && now - known.told < quiet) {
      known.suppressed++;
      return;
    }
    const suppressed = known?.suppressed ?? 0;
    this.#byCode.set(key, { told: now, suppressed: 0 });
    log.error(this.#message, {
      handler: this.#handler,
      code,
      error: message,
      ...(suppressed > 0 && { suppressed }),
    });
  }

  /** Tells what was left out and not told yet: the handler closes. */
  end(log: Log): void {
    for (const [code, { suppressed }] of this.#byCode) {
      if (suppressed > 0)
        log.error(this.#message, {
          handler: this.#handler,
          code,
          error: 'as told before',
          suppressed,
        });
    }
    this.#byCode.clear();
  }
}
