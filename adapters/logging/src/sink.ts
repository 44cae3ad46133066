import type { Log, Timers } from '@krater/mixer';
import type { Account } from './account.ts';

/** Some whole records of one handler, written together. */
export interface Batch<P> {
  readonly payload: P;
  readonly account: Account;
  /** Bytes. */
  readonly size: number;
  /** Records neither acknowledged nor lost yet. */
  records: number;
  /** Partly written, in the middle of a record: the rest must follow before anything else. */
  begun: boolean;
}

/** Where batches go. */
export interface Outlet<P> {
  /**
   * Writes a batch, or the rest of it, and settles records with its account as they are done. A throw means: try the
   * rest again later.
   */
  write(batch: Batch<P>): Promise<void>;
  /** Has the next write look whether what it writes to is still in its place. */
  recheck?(): void;
  close(): Promise<void> | void;
}

const firstRetry = 100;
const lastRetry = 5_000;

/**
 * A destination with what waits for it. One write at a time, in order; a failing one is tried again ever more slowly
 * while the accounts' bounds decide what is dropped.
 */
export class Sink<P> {
  readonly #name: string;
  readonly #outlet: Outlet<P>;
  readonly #timers: Timers;
  readonly #log: Log;
  #batches: Batch<P>[] = [];
  #running: Promise<void> | undefined;
  #retry: Disposable | undefined;
  #delay = firstRetry;

  constructor(
    name: string,
    outlet: Outlet<P>,
    { timers, log }: { readonly timers: Timers; readonly log: Log },
  ) {
    this.#name = name;
    this.#outlet = outlet;
    this.#timers = timers;
    this.#log = log;
  }

  /** A write is under way or waits to be tried again. */
  get busy(): boolean {
    return this.#running !== undefined || this.#retry !== undefined;
  }

  /** Takes a batch into the queue; what does not fit is dropped as its account says. */
  offer(batch: Batch<P>): void {
    const { account } = batch;
    while (account.waiting > 0 && account.waiting + batch.size > account.policy.size) {
      const oldest = account.policy.drop === 'oldest' ? this.#takeOldest(account) : undefined;
      if (oldest === undefined) {
        account.lose(batch.records);
        return;
      }
      account.lose(oldest.records);
    }
    account.waiting += batch.size;
    this.#batches.push(batch);
    if (this.#retry === undefined) void this.#run();
  }

  /** Has the next write look whether the destination is still in its place. */
  recheck(): void {
    this.#outlet.recheck?.();
  }

  /** Writes what waits, at once even after a failure; gives up after `patience` milliseconds or one more failure. */
  async drain(patience: number): Promise<void> {
    const { promise: expired, resolve } = Promise.withResolvers<void>();
    using _ = this.#timers.after(patience, resolve);
    await Promise.race([this.#run(), expired]);
  }

  /** Forgets what waits for an account that has been closed. */
  forget(account: Account): void {
    while (this.#takeOldest(account) !== undefined);
  }

  async close(): Promise<void> {
    this.#retry?.[Symbol.dispose]();
    await this.#outlet.close();
  }

  #run(): Promise<void> {
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
    if (this.#batches.length > 0) this.#running ??= this.#writeAll();
    return this.#running ?? Promise.resolve();
  }

  /** Begins with a wait, and ends in the same step that finds nothing left, so that no batch comes in between unseen. */
  async #writeAll(): Promise<void> {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      try {
        await this.#outlet.write(batch);
      } catch (error) {
        this.#running = undefined;
        this.#fail(error);
        return;
      }
      this.#batches.shift();
      batch.account.waiting -= batch.size;
      if (this.#delay > firstRetry) this.#log.info('a log sink works again', { sink: this.#name });
      this.#delay = firstRetry;
    }
    this.#running = undefined;
  }

  #fail(error: unknown): void {
    const busy = (error as NodeJS.ErrnoException).code === 'EAGAIN';
    if (!busy && this.#delay === firstRetry)
      this.#log.error('a log sink fails', { sink: this.#name, error: String(error) });
    this.#retry = this.#timers.after(busy ? 10 : this.#delay, () => this.#run());
    if (!busy) this.#delay = Math.min(this.#delay * 2, lastRetry);
  }

  /** The first batch of an account that can still be taken out. */
  #takeOldest(account: Account): Batch<P> | undefined {
    const index = this.#batches.findIndex(
      (batch, index) =>
        batch.account === account && !batch.begun && !(index === 0 && this.#running !== undefined),
    );
    const batch = index < 0 ? undefined : this.#batches.splice(index, 1)[0];
    if (batch !== undefined) account.waiting -= batch.size;
    return batch;
  }
}
