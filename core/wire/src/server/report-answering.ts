import type { Bag, MaybePromise } from '@krater/mixer';
import { decodeReportRequest } from '../codec/report-request.ts';
import type { ReportRequest } from '../messages.ts';
import type { BatchMemory } from './batch-memory.ts';
import { type Call, type CallAnswer, late } from './call.ts';
import { decoded } from './decoding.ts';
import type { ServiceParts } from './mixer-service.ts';

/** The reply to a report has no fields. */
const acknowledged = Buffer.alloc(0);

/** Records in, handed to their handlers, acknowledged. */
export class ReportAnswering {
  readonly #parts: ServiceParts;
  readonly #batches: BatchMemory;

  constructor(parts: ServiceParts, batches: BatchMemory) {
    this.#parts = parts;
    this.#batches = batches;
  }

  answer(call: Call, timeout: number): MaybePromise<CallAnswer> {
    const { mixer, counts, limits } = this.#parts;
    const request = decoded(counts, () => decodeReportRequest(call.request, mixer.vocabulary));
    if ('code' in request) return request;
    const taken = this.#take(request);
    if (taken === undefined) return acknowledged;
    return this.#within(Math.min(timeout, limits.reportTimeout), taken);
  }

  /** Once for a batch, however often it comes; undefined if it was taken at once. */
  #take(request: ReportRequest): Promise<void> | undefined {
    const { client, batchId, bags, losses } = request;
    const { counts, shedding } = this.#parts;
    const key = client === undefined || batchId === '' ? undefined : `${client.id}\n${batchId}`;
    const known = key === undefined ? undefined : this.#batches.get(key);
    if (known !== undefined) {
      counts.repeatedBatches++;
      return known.taken;
    }
    counts.lostByClients += losses.records;
    const taking = this.#handOver(bags);
    if (taking === undefined) {
      counts.records += bags.length;
      if (key !== undefined) this.#batches.remember(key, undefined);
      return undefined;
    }
    shedding.inFlight.report++;
    const taken = taking
      .then(() => {
        counts.records += bags.length;
      })
      .finally(() => shedding.inFlight.report--);
    if (key !== undefined) this.#batches.remember(key, taken);
    return taken;
  }

  #handOver(bags: readonly Bag[]): Promise<void> | undefined {
    const { mixer, namespaces } = this.#parts;
    const waiting: Promise<void>[] = [];
    for (const [namespace, group] of namespaces.group(bags)) {
      const taking = mixer.report(group, namespace === undefined ? {} : { namespace });
      if (taking instanceof Promise) waiting.push(taking);
    }
    if (waiting.length < 2) return waiting[0];
    return Promise.all(waiting).then(() => {});
  }

  #within(timeout: number, taken: Promise<void>): Promise<CallAnswer> {
    return new Promise((resolve, reject) => {
      const cancel = this.#parts.ambient.after(timeout, () => resolve(late));
      taken.then(() => resolve(acknowledged), reject).finally(cancel);
    });
  }
}
