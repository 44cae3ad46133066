import type { CheckOptions, Decision, LeaseRequest, MaybePromise } from '@krater/mixer';
import { encodeCheckReply } from '../codec/check-reply.ts';
import { decodeCheckRequest } from '../codec/check-request.ts';
import { forOldClients } from '../codec/old-clients.ts';
import type { AskedQuotas, CheckReply, CheckRequest } from '../messages.ts';
import type { Call, CallAnswer } from './call.ts';
import { decoded } from './decoding.ts';
import type { ServiceParts } from './mixer-service.ts';

/** A request in, a decision made, a reply out. */
export class CheckAnswering {
  readonly #parts: ServiceParts;
  readonly #node: string;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#node = parts.mixer.state().node;
  }

  answer(call: Call, timeout: number): MaybePromise<CallAnswer> {
    const { mixer, namespaces, counts, shedding } = this.#parts;
    const request = decoded(counts, () => decodeCheckRequest(call.request, mixer.vocabulary));
    if ('code' in request) return request;
    const decision = mixer.check(
      request.bag,
      new ServedCheck(call, request, timeout, namespaces.of(request.bag)),
    );
    if (!(decision instanceof Promise)) return this.#reply(request, decision);
    const { inFlight } = shedding;
    inFlight.check++;
    return decision.then(settled => this.#reply(request, settled)).finally(() => inFlight.check--);
  }

  #reply(request: CheckRequest, decision: Decision): Buffer {
    const { bag, client, globalWords } = request;
    const { directResponse, standing, retryAfter } = decision;
    const reply: CheckReply = {
      status: decision.status,
      validity: decision.validity,
      references: this.#parts.namespaces.referred(bag, decision.references()),
      requestHeaders: decision.requestHeaders,
      responseHeaders: decision.responseHeaders,
      ...(directResponse && { directResponse }),
      quotas: decision.quotas,
      krater: {
        decision: decision.id,
        node: this.#node,
        snapshot: decision.snapshot,
        // Told to our own clients only, and made when asked for.
        epochs: client === undefined ? [] : decision.epochs,
        charges: decision.charges,
        ...(standing && { standing }),
        ...(retryAfter !== undefined && { retryAfter }),
      },
    };
    const understood = client === undefined ? forOldClients(reply, bag.vocabulary) : reply;
    return encodeCheckReply(understood, globalWords, bag.vocabulary);
  }
}

/** The options of one check; a signal costs more than a check, so it exists only if a handler looks at it. */
class ServedCheck implements CheckOptions {
  readonly #call: Call;
  #signal: AbortSignal | undefined;
  readonly quotas: AskedQuotas;
  declare readonly dedupId?: string;
  declare readonly namespace?: string;
  declare readonly timeout?: number;
  declare readonly leases?: LeaseRequest;

  constructor(call: Call, request: CheckRequest, timeout: number, namespace: string | undefined) {
    this.#call = call;
    this.quotas = request.quotas;
    // One that is left out is no id that all such requests have in common.
    if (request.dedupId !== '') this.dedupId = request.dedupId;
    if (namespace !== undefined) this.namespace = namespace;
    if (timeout !== Infinity) this.timeout = timeout;
    const { client, leases, refill } = request;
    if (client !== undefined && (refill || leases.length > 0))
      this.leases = { holder: client.id, asks: leases, refill };
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      this.#signal = controller.signal;
      if (this.#call.gone) controller.abort();
      else this.#call.whenGone(() => controller.abort());
    }
    return this.#signal;
  }
}
