import type { BaseEnv } from '@krater/mixer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Collector } from './collector.ts';

export interface SendPolicy {
  /** Spans. */
  readonly size: number;
  readonly queue: number;
  /** Milliseconds. */
  readonly delay: number;
  readonly timeout: number;
}

const firstPause = 200;
const lastPause = 2_000;

/**
 * Sends spans in batches, one at a time. Every span is acknowledged by the collector or counted as lost, exactly once:
 * lost are those that find the queue full, those of a batch that is refused or not taken within the timeout, and those
 * left when closing has waited long enough. The SDK's own batch processor drops without telling, hence this one.
 */
export class SpanSender {
  readonly #collector: Collector;
  readonly #policy: SendPolicy;
  readonly #env: BaseEnv;
  readonly #acknowledged: { add(amount?: number): void };
  readonly #lost: { add(amount?: number): void };
  readonly #closing = new AbortController();
  #queue: ReadableSpan[] = [];
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #failing = false;
  #last = false;
  readonly totals = { produced: 0, acknowledged: 0, lost: 0 };

  constructor(collector: Collector, policy: SendPolicy, env: BaseEnv) {
    this.#collector = collector;
    this.#policy = policy;
    this.#env = env;
    this.#acknowledged = env.metrics.counter(
      'tracing_acknowledged_total',
      'spans that the collector has taken',
    );
    this.#lost = env.metrics.counter(
      'tracing_lost_total',
      'spans that were dropped or not taken by the collector',
    );
  }

  /** Takes a finished span; undefined is one that could not be made, which is lost. */
  offer(span: ReadableSpan | undefined): void {
    this.totals.produced++;
    if (span === undefined || this.#queue.length >= this.#policy.queue) {
      this.#lose(1);
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= this.#policy.size) void this.#run();
    else this.#timer ??= this.#env.timers.after(this.#policy.delay, () => this.#run());
  }

  /** Sends what waits, in one try and for `patience` milliseconds at most; the rest is lost. */
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
  }

  #run(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#queue.length > 0) this.#running ??= this.#sendAll();
    return this.#running ?? Promise.resolve();
  }

  /** Ends in the same step that finds nothing left, so that no span comes in between unseen. */
  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      const batch = this.#queue.splice(0, this.#policy.size);
      const taken = await this.#send(batch);
      this.totals.acknowledged += taken;
      this.#acknowledged.add(taken);
      this.#lose(batch.length - taken);
    }
    this.#running = undefined;
  }

  /** How many spans of a batch the collector has taken, after as many tries as fit into the timeout. */
  async #send(batch: readonly ReadableSpan[]): Promise<number> {
    const ended = new AbortController();
    using _ = this.#env.timers.after(this.#policy.timeout, () => ended.abort());
    const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
    for (let pause = firstPause; ; pause = Math.min(pause * 2, lastPause)) {
      const answer = await this.#collector.send(batch, signal);
      if ('taken' in answer) {
        if (this.#failing) this.#env.log.info('the trace collector takes spans again');
        this.#failing = false;
        return answer.taken;
      }
      const why = 'again' in answer ? answer.again : answer.refused;
      if (!this.#failing) this.#env.log.warn('the trace collector does not take spans', { why });
      this.#failing = true;
      if ('again' in answer && this.#last) this.#closing.abort();
      if ('refused' in answer || signal.aborted) return 0;
      await this.#pause(pause, signal);
      if (signal.aborted) return 0;
    }
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = this.#env.timers.after(milliseconds, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }

  #lose(spans: number): void {
    if (spans === 0) return;
    this.totals.lost += spans;
    this.#lost.add(spans);
  }
}
