import type { BaseEnv, Counter } from '../env.ts';

/**
 * What became of a batch. `taken` says how many of its records the destination took; the rest it never will. `again` is
 * worth another try, of the whole batch or of the records in `left` (the others were taken), `after` so many
 * milliseconds at the soonest. `refused` is lost as a whole.
 */
export type Delivery<T> =
  | { readonly taken: number }
  | { readonly again: string; readonly left?: readonly T[]; readonly after?: number }
  | { readonly refused: string };

/** Where records are sent. One call is one try; it never throws, and ends soon once the signal is aborted. */
export interface Destination<T> {
  send(records: readonly T[], signal: AbortSignal): Promise<Delivery<T>>;
}

export interface SendPolicy<T> {
  /** What a record counts in `size` and `queue`, such as its bytes; 1 if left out. */
  readonly weigh?: (record: T) => number;
  /** What is sent together at most; a single record may be heavier. */
  readonly size: number;
  /** What may wait; further records are lost. */
  readonly queue: number;
  /** Milliseconds that a record waits for others at most. */
  readonly delay: number;
  /** Milliseconds after which a batch that is not taken is lost, tries included. */
  readonly timeout: number;
}

/** How the sender speaks of what it does. Its counters are PREFIX_acknowledged_total and PREFIX_lost_total. */
export interface SenderNames {
  readonly prefix: string;
  /** In the plural, such as `spans`. */
  readonly records: string;
  /** With an article, such as `the trace collector`. */
  readonly destination: string;
}

type SenderEnv = Pick<BaseEnv, 'log' | 'timers' | 'metrics' | 'random' | 'signal'>;

const firstPause = 200;
const lastPause = 2_000;

/**
 * Sends records in batches, one batch at a time, and tries again ever more slowly, each pause up to half longer by chance
 * so that many senders do not come back together. Every record is acknowledged by the destination or counted as lost,
 * exactly once: lost are those that find the queue full, those of a batch that is refused or not taken within the
 * timeout, those left when closing has waited long enough, and those that come after closing has begun.
 *
 * @example
 * const names = { prefix: 'tracing', records: 'spans', destination: 'the trace collector' };
 * const sender = new BatchSender(collector, { size: 512, queue: 8192, delay: 1000, timeout: 5000 }, names, env);
 * sender.offer(span);
 * await sender.close(2_000);
 */
export class BatchSender<T> {
  readonly totals = { produced: 0, acknowledged: 0, lost: 0 };
  readonly #destination: Destination<T>;
  readonly #policy: SendPolicy<T>;
  readonly #weigh: (record: T) => number;
  readonly #names: SenderNames;
  readonly #env: SenderEnv;
  readonly #acknowledged: Counter;
  readonly #lost: Counter;
  readonly #closing = new AbortController();
  #queue: T[] = [];
  /** Of the queue. */
  #weight = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #failing = false;
  #last = false;

  constructor(destination: Destination<T>, policy: SendPolicy<T>, names: SenderNames, env: SenderEnv) {
    this.#destination = destination;
    this.#policy = policy;
    this.#weigh = policy.weigh ?? (() => 1);
    this.#names = names;
    this.#env = env;
    this.#acknowledged = env.metrics.counter(
      `${names.prefix}_acknowledged_total`,
      `${names.records} that ${names.destination} has taken`,
    );
    this.#lost = env.metrics.counter(
      `${names.prefix}_lost_total`,
      `${names.records} that were dropped or not taken by ${names.destination}`,
    );
  }

  /** Takes a record; undefined is one that could not be made, which is lost. */
  offer(record: T | undefined): void {
    this.totals.produced++;
    const weight = record === undefined ? 0 : this.#weigh(record);
    const fits = () => this.#weight + weight <= this.#policy.queue;
    // A full queue has nothing to wait for: a batch of it makes room, unless another is on its way.
    if (!fits()) void this.#run();
    if (record === undefined || this.#last || !fits()) {
      this.#lose(1);
      return;
    }
    this.#queue.push(record);
    this.#weight += weight;
    if (this.#weight >= this.#policy.size) void this.#run();
    else this.#timer ??= this.#env.timers.after(this.#policy.delay, () => this.#run());
  }

  /** Sends what waits, in one try and for `patience` milliseconds at most; the rest is lost, and a warning says so. */
  async close(patience: number): Promise<void> {
    this.#last = true;
    using _ = this.#env.timers.after(patience, () => this.#closing.abort());
    const abort = () => this.#closing.abort();
    this.#env.signal.addEventListener('abort', abort, { once: true });
    if (this.#failing) this.#closing.abort();
    await this.#run();
    this.#env.signal.removeEventListener('abort', abort);
    this.#timer?.[Symbol.dispose]();
    this.#lose(this.#queue.length);
    this.#queue = [];
    if (this.totals.lost > 0) this.#env.log.warn(`${this.#names.records} were lost`, { ...this.totals });
  }

  #run(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#queue.length > 0) this.#running ??= this.#sendAll();
    return this.#running ?? Promise.resolve();
  }

  /** Ends in the same step that finds nothing left, so that no record comes in between unseen. */
  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) await this.#send(this.#takeBatch());
    this.#running = undefined;
  }

  #takeBatch(): T[] {
    let weight = 0;
    let count = 0;
    for (const record of this.#queue) {
      const more = weight + this.#weigh(record);
      if (count > 0 && more > this.#policy.size) break;
      weight = more;
      count++;
    }
    this.#weight -= weight;
    return this.#queue.splice(0, count);
  }

  /** Settles every record of a batch, after as many tries as fit into the timeout. */
  async #send(batch: readonly T[]): Promise<void> {
    const ended = new AbortController();
    using _ = this.#env.timers.after(this.#policy.timeout, () => ended.abort());
    const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
    let left = batch;
    for (let pause = firstPause; ; pause = Math.min(pause * 2, lastPause)) {
      const delivery = await this.#destination.send(left, signal);
      if ('taken' in delivery) {
        this.#tell(undefined);
        this.#acknowledge(delivery.taken);
        this.#lose(left.length - delivery.taken);
        return;
      }
      this.#tell('again' in delivery ? delivery.again : delivery.refused);
      if ('again' in delivery && delivery.left !== undefined) {
        this.#acknowledge(left.length - delivery.left.length);
        left = delivery.left;
      }
      if ('again' in delivery && this.#last) this.#closing.abort();
      if ('again' in delivery && !signal.aborted) {
        const wait = Math.max(pause * (1 + this.#env.random() / 2), delivery.after ?? 0);
        await this.#pause(wait, signal);
      }
      if ('refused' in delivery || signal.aborted) {
        this.#lose(left.length);
        return;
      }
    }
  }

  /** Says when sending begins to fail, and when it works again. */
  #tell(why: string | undefined): void {
    const { destination, records } = this.#names;
    if (why === undefined && this.#failing) this.#env.log.info(`${destination} takes ${records} again`);
    if (why !== undefined && !this.#failing)
      this.#env.log.warn(`${destination} does not take ${records}`, { why });
    this.#failing = why !== undefined;
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = this.#env.timers.after(milliseconds, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }

  #acknowledge(records: number): void {
    if (records === 0) return;
    this.totals.acknowledged += records;
    this.#acknowledged.add(records);
  }

  #lose(records: number): void {
    if (records === 0) return;
    this.totals.lost += records;
    this.#lost.add(records);
  }
}
