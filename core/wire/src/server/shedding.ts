import type { Method } from '../methods.ts';
import type { CallRefusal } from './call.ts';
import type { EventLoopDelay } from './event-loop-delay.ts';
import type { MixerServerLimits } from './limits.ts';

export type UnaryMethod = Exclude<Method, 'watch'>;
export type ShedReason = 'delay' | 'in-flight';

/** Says no before work is begun for which there is no time; to reports earlier than to checks, since nobody waits for them. */
export class Shedding {
  readonly #limits: MixerServerLimits;
  readonly #delay: EventLoopDelay;
  /** Calls that wait for handlers. */
  readonly inFlight: Record<UnaryMethod, number> = { check: 0, report: 0 };
  readonly shed: Record<UnaryMethod, Record<ShedReason, number>> = {
    check: { delay: 0, 'in-flight': 0 },
    report: { delay: 0, 'in-flight': 0 },
  };

  constructor(limits: MixerServerLimits, delay: EventLoopDelay) {
    this.#limits = limits;
    this.#delay = delay;
  }

  /** Undefined where there is room. */
  refusal(method: UnaryMethod): CallRefusal | undefined {
    const { maxChecks, maxReports, maxCheckDelay, maxReportDelay } = this.#limits;
    const mostDelay = method === 'check' ? maxCheckDelay : maxReportDelay;
    if (this.#delay.mean > mostDelay)
      return this.#refuse(method, 'delay', `the event loop is ${Math.round(this.#delay.mean)} ms behind`);
    if (this.inFlight[method] >= (method === 'check' ? maxChecks : maxReports))
      return this.#refuse(method, 'in-flight', `${this.inFlight[method]} ${method}s are in flight`);
    return undefined;
  }

  #refuse(method: UnaryMethod, reason: ShedReason, message: string): CallRefusal {
    this.shed[method][reason]++;
    return { code: 'UNAVAILABLE', message: `overloaded: ${message}` };
  }
}
