import type { Ambient, MaybePromise, Mixer } from '@krater/mixer';
import { BatchMemory } from './batch-memory.ts';
import { type Call, type CallAnswer, type CallRefusal, isRefusal, late } from './call.ts';
import { CheckAnswering } from './check-answering.ts';
import type { MixerServerLimits } from './limits.ts';
import type { Namespaces } from './namespaces.ts';
import { ReportAnswering } from './report-answering.ts';
import type { Shedding, UnaryMethod } from './shedding.ts';
import type { ServerCounts } from './statistics.ts';

export interface ServiceParts {
  readonly mixer: Mixer;
  readonly namespaces: Namespaces;
  readonly shedding: Shedding;
  readonly counts: ServerCounts;
  readonly limits: MixerServerLimits;
  readonly ambient: Pick<Ambient, 'clock' | 'after' | 'log'>;
}

/**
 * What a Mixer answers, whoever carries it: who may ask, whether there is time, what was asked, what the engine says.
 *
 * Hot path: a check of synchronous handlers makes no promise; held to figures by spec/bench/wire-server.ts.
 */
export class MixerService {
  readonly #parts: ServiceParts;
  readonly #checks: CheckAnswering;
  readonly #reports: ReportAnswering;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#checks = new CheckAnswering(parts);
    this.#reports = new ReportAnswering(parts, new BatchMemory(parts.ambient.clock));
  }

  /** Never throws or rejects: a failure of ours is an answer too. */
  serve(method: UnaryMethod, call: Call): MaybePromise<CallAnswer> {
    call.counts.bytesReceived += call.request.length;
    try {
      const answer = this.#answer(method, call);
      if (!(answer instanceof Promise)) return counted(method, call, answer);
      return answer
        .catch(error => this.#broken(method, error))
        .then(settled => counted(method, call, settled));
    } catch (error) {
      return counted(method, call, this.#broken(method, error));
    }
  }

  #answer(method: UnaryMethod, call: Call): MaybePromise<CallAnswer> {
    const { shedding, ambient } = this.#parts;
    const refusal = call.caller.refusal(method) ?? shedding.refusal(method);
    if (refusal !== undefined) return refusal;
    const timeout = call.deadline === Infinity ? Infinity : call.deadline - ambient.clock.now();
    if (timeout <= 0) return late;
    return method === 'check' ? this.#checks.answer(call, timeout) : this.#reports.answer(call, timeout);
  }

  /** Handlers that fail are part of a decision; this is an engine that does. */
  #broken(method: UnaryMethod, error: unknown): CallRefusal {
    if ((error as { code?: unknown })?.code === 'MIXER_CLOSED')
      return { code: 'UNAVAILABLE', message: 'the Mixer is closed' };
    this.#parts.ambient.log.error('a call failed', {
      method,
      error: String((error as Error)?.stack ?? error),
    });
    return { code: 'INTERNAL', message: 'the Mixer failed' };
  }
}

function counted(method: UnaryMethod, { counts, gone }: Call, answer: CallAnswer): CallAnswer {
  if (gone) counts.count(method, 'CANCELLED');
  else if (isRefusal(answer)) counts.count(method, answer.code);
  else {
    counts.count(method, 'OK');
    counts.bytesSent += answer.length;
  }
  return answer;
}
