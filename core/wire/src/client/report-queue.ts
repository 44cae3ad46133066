import type { Ambient, Bag } from '@krater/mixer';
import { ReportBatch } from '../codec/report-batch.ts';
import type { MixerPool } from '../pool.ts';
import type { ReportOptions } from './client-options.ts';

/** Batches on their way at a time: more than one, so that a distant Mixer is kept busy. */
const mostInFlight = 4;
/** Milliseconds until a batch that was not taken is tried again; by chance up to half as long again. */
const pause = 500;
/** A batch that may have been taken is sent once more: the Mixer knows it by its id. */
const mostAttempts = 2;

/** A full batch, and what is known of its fate. */
interface Sealed {
  readonly batch: ReportBatch;
  readonly records: number;
  readonly bytes: number;
  /** As it was sent the first time: a retry is the same to the letter. */
  request: Buffer | undefined;
  /** Losses that it tells of. */
  losses: number;
  attempts: number;
}

/**
 * Finished requests on their way to a Mixer. They are encoded at once, so nothing of a request is kept, and sent in
 * batches. While no Mixer takes them they wait; beyond a bound the newest are lost, so that what was accepted first
 * arrives. What is lost is counted, and told with the next batch that arrives.
 */
export class ReportQueue {
  readonly #pool: MixerPool;
  readonly #ambient: Ambient;
  readonly #client: { readonly id: string };
  readonly #limits: { readonly batch: number; readonly bytes: number; readonly age: number };
  readonly #most: { readonly records: number; readonly bytes: number };
  readonly #timeout: number;
  #open: ReportBatch | undefined;
  readonly #waiting: Sealed[] = [];
  #inFlight = 0;
  #records = 0;
  #bytes = 0;
  #batches = 0;
  /** Losses that no Mixer was told of yet. */
  #untold = 0;
  #cancelAge: (() => void) | undefined;
  #cancelPause: (() => void) | undefined;
  #whenIdle: (() => void) | undefined;
  #closed = false;
  #ended = false;
  sent = 0;
  lost = 0;

  constructor(pool: MixerPool, ambient: Ambient, id: string, options: ReportOptions) {
    const { batch = 100, bytes = 256 * 1024, age = 100, queue = {}, timeout = 5_000 } = options;
    this.#pool = pool;
    this.#ambient = ambient;
    this.#client = { id };
    this.#limits = { batch, bytes, age };
    this.#most = { records: queue.records ?? 10_000, bytes: queue.bytes ?? 16 * 1024 * 1024 };
    this.#timeout = timeout;
  }

  get queued(): number {
    return this.#records;
  }

  add(bag: Bag): void {
    if (this.#closed || this.#records >= this.#most.records || this.#bytes >= this.#most.bytes) {
      this.#lose(1);
      return;
    }
    this.#open ??= new ReportBatch();
    const open = this.#open;
    const before = open.bytes;
    open.add(bag);
    this.#records++;
    this.#bytes += open.bytes - before;
    if (open.isFull || open.count >= this.#limits.batch || open.bytes >= this.#limits.bytes) {
      this.#seal();
      this.#pump();
    } else this.#cancelAge ??= this.#ambient.after(this.#limits.age, () => this.#flush());
  }

  /** A Mixer is there again. */
  wake(): void {
    this.#endPause();
    this.#pump();
  }

  /** Sends all there is; what no Mixer has taken within the time, in milliseconds, is lost. Resolves to how much that is. */
  async close(timeout: number): Promise<number> {
    this.#closed = true;
    this.#endPause();
    this.#flush();
    if (this.#records > 0 && !this.#pool.down) {
      await new Promise<void>(resolve => {
        const cancel = this.#ambient.after(timeout, resolve, 'awaited');
        this.#whenIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#endPause();
    this.#ended = true;
    const left = this.#records;
    this.#waiting.length = 0;
    this.#records = 0;
    this.#lose(left);
    return left;
  }

  #flush(): void {
    this.#seal();
    this.#pump();
  }

  #seal(): void {
    this.#cancelAge?.();
    this.#cancelAge = undefined;
    const batch = this.#open;
    if (batch === undefined) return;
    this.#open = undefined;
    const { count: records, bytes } = batch;
    this.#waiting.push({ batch, records, bytes, request: undefined, losses: 0, attempts: 0 });
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#inFlight < mostInFlight && this.#cancelPause === undefined) {
      if (this.#pool.down) this.#pause();
      else void this.#send(this.#waiting.shift() as Sealed);
    }
  }

  async #send(sealed: Sealed): Promise<void> {
    sealed.request ??= this.#encode(sealed);
    sealed.attempts++;
    this.#inFlight++;
    const result = await this.#pool.call('report', sealed.request, this.#timeout);
    this.#inFlight--;
    if (this.#ended) return;
    if ('reply' in result) {
      this.sent += sealed.records;
      this.#forget(sealed);
    } else {
      if (result.failure.seen === 'no') sealed.attempts--;
      if (sealed.attempts < mostAttempts) this.#waiting.unshift(sealed);
      else {
        this.#untold += sealed.losses;
        this.#lose(sealed.records);
        this.#forget(sealed);
      }
      this.#pause();
    }
    this.#pump();
  }

  #encode(sealed: Sealed): Buffer {
    sealed.losses = this.#untold;
    this.#untold = 0;
    const batchId = String(++this.#batches);
    return sealed.batch.finish({ client: this.#client, batchId, losses: { records: sealed.losses } });
  }

  #forget({ records, bytes }: Sealed): void {
    this.#records -= records;
    this.#bytes -= bytes;
    if (this.#records <= 0) this.#whenIdle?.();
  }

  #pause(): void {
    const time = pause * (1 + this.#ambient.random() / 2);
    this.#cancelPause ??= this.#ambient.after(time, () => this.wake());
  }

  #endPause(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
  }

  #lose(records: number): void {
    this.lost += records;
    this.#untold += records;
  }
}
