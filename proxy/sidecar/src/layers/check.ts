import type { Service } from '@krater/config';
import { type CheckOptions, httpStatusOf, type Outcome, type Unreachable } from '@krater/mixer';
import type { Exchange } from '../exchange.ts';
import { decisionHeaders, directHeaders, standingHeaders } from '../http/decision-headers.ts';
import { applyHeaderOperations, applyToRequest } from '../http/header-operations.ts';
import type { Handler, Layer } from '../layer.ts';
import type { Side } from '../side.ts';

/** Asks the Mixer before anything reaches the application, and does what it says. The body waits meanwhile. */
export function check(side: Side): Layer {
  const { mixer, registry, workload } = side;
  return {
    name: 'check',
    around: next => exchange => {
      let answer: Outcome | Promise<Outcome>;
      try {
        answer = mixer.check(exchange.bag, new CheckCall(exchange, registry.serviceOf(workload)));
      } catch (error) {
        return failed(exchange, side, error);
      }
      if (!(answer instanceof Promise)) return decided(exchange, side, answer, next);
      answer
        .then(decision => {
          if (!exchange.ended) decided(exchange, side, decision, next);
        })
        .catch(error => failed(exchange, side, error));
    },
  };
}

/** The options of one check; a signal costs more than a check, so it exists only if somebody looks at it. */
class CheckCall implements CheckOptions {
  readonly #exchange: Exchange;
  #signal: AbortSignal | undefined;
  declare readonly namespace?: string;
  declare readonly unreachable?: Unreachable;

  constructor(exchange: Exchange, service: Service | undefined) {
    this.#exchange = exchange;
    if (service === undefined) return;
    this.namespace = service.namespace;
    if (service.unreachable !== undefined) this.unreachable = service.unreachable;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      this.#signal = controller.signal;
      // Aborting costs more than the check, and interests nobody who has answered.
      const gone = () => this.#exchange.decision ?? controller.abort();
      if (this.#exchange.ended) gone();
      else this.#exchange.whenEnded(gone);
    }
    return this.#signal;
  }
}

function decided(exchange: Exchange, side: Side, decision: Outcome, next: Handler): void {
  exchange.decision = decision;
  const { status, directResponse, responseHeaders, standing } = decision;
  const refused = status.code !== 'OK';
  if (refused || directResponse !== undefined) {
    if (refused) side.statistics.refused++;
    const code =
      directResponse === undefined
        ? httpStatusOf(status.code)
        : validCode(directResponse.code, httpStatusOf(status.code));
    const headers = [...decisionHeaders(decision), ...directHeaders(directResponse)];
    const message = status.message === '' ? `refused: ${status.code}` : status.message;
    const reply = { code, reason: status.code, message, headers };
    exchange.reply(directResponse === undefined ? reply : { ...reply, body: directResponse.body ?? '' });
    return;
  }
  if (decision.requestHeaders.length > 0)
    side.statistics.headerOperationsRefused += applyToRequest(exchange, decision.requestHeaders);
  if (responseHeaders.length > 0 || standing !== undefined) {
    exchange.editResponse(headers => {
      side.statistics.headerOperationsRefused += applyHeaderOperations(headers, responseHeaders);
      headers.push(...standingHeaders(standing));
      return headers;
    });
  }
  next(exchange);
}

/** A Mixer that throws is broken; nobody can say that the request was allowed. */
function failed(exchange: Exchange, { log }: Side, error: unknown): void {
  log.error('the check failed', { error: String(error) });
  if (!exchange.ended)
    exchange.reply({ code: 503, reason: 'UNAVAILABLE', message: 'the request could not be checked' });
}

function validCode(code: number, otherwise: number): number {
  return Number.isInteger(code) && code >= 200 && code <= 599 ? code : otherwise;
}
