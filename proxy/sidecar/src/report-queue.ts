import type { Bag, Log, MixerAccess } from '@krater/mixer';
import type { Statistics } from './statistics.ts';

const batchSize = 100;
/** Records handed to the Mixer and not yet taken; beyond it, records are lost and counted. */
const maxInFlight = 10_000;

/**
 * Collects finished requests and reports them in batches: at the end of the event loop's turn, or as soon as there are
 * 100 of one namespace.
 */
export class ReportQueue {
  readonly #mixer: MixerAccess;
  readonly #statistics: Statistics;
  readonly #log: Log;
  readonly #waiting = new Map<string | undefined, Bag[]>();
  readonly #inFlight = new Set<Promise<void>>();
  #recordsInFlight = 0;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(mixer: MixerAccess, statistics: Statistics, log: Log) {
    this.#mixer = mixer;
    this.#statistics = statistics;
    this.#log = log;
  }

  /** `namespace` is the destination's. */
  add(bag: Bag, namespace: string | undefined): void {
    let batch = this.#waiting.get(namespace);
    if (batch === undefined) {
      batch = [];
      this.#waiting.set(namespace, batch);
    }
    batch.push(bag);
    if (batch.length >= batchSize) this.#send(namespace, batch);
    else this.#scheduled ??= setImmediate(this.#sendAll);
  }

  /** Resolves when everything collected so far has been taken. */
  async flush(): Promise<void> {
    this.#sendAll();
    await Promise.all(this.#inFlight);
  }

  #sendAll = (): void => {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    for (const [namespace, batch] of this.#waiting) this.#send(namespace, batch);
  };

  #send(namespace: string | undefined, batch: Bag[]): void {
    this.#waiting.delete(namespace);
    if (this.#recordsInFlight + batch.length > maxInFlight) {
      this.#statistics.reportsLost += batch.length;
      return;
    }
    try {
      const taken = this.#mixer.report(batch, namespace === undefined ? {} : { namespace });
      this.#statistics.reported += batch.length;
      if (taken instanceof Promise) this.#follow(taken, batch.length);
    } catch (error) {
      this.#lose(batch.length, error);
    }
  }

  #follow(taken: Promise<void>, records: number): void {
    this.#recordsInFlight += records;
    const followed = taken
      .catch(error => {
        this.#statistics.reported -= records;
        this.#lose(records, error);
      })
      .finally(() => {
        this.#recordsInFlight -= records;
        this.#inFlight.delete(followed);
      });
    this.#inFlight.add(followed);
  }

  #lose(records: number, error: unknown): void {
    this.#statistics.reportsLost += records;
    this.#log.error('the mixer failed to take a report', { records, error: String(error) });
  }
}
