import type { BaseEnv } from '@krater/mixer';
import type { Config } from './config.ts';
import type { Endpoint } from './endpoint.ts';
import { pause } from './pause.ts';

const longestPause = 5_000;

/**
 * Tells the service in batches, one at a time. Every instance is acknowledged by it or counted as lost, exactly once: lost
 * are those that find the queue full, those of a batch that is refused or not taken within the timeout, those left when
 * closing has waited long enough, and those that come after closing has begun.
 */
export class Outbox {
  readonly #endpoint: Endpoint;
  readonly #policy: Config['batch'];
  readonly #env: BaseEnv;
  readonly #acknowledged: { add(amount?: number): void };
  readonly #lost: { add(amount?: number): void };
  readonly #closing = new AbortController();
  #queue: string[] = [];
  /** Characters. */
  #waiting = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #failing = false;
  #last = false;
  readonly totals = { produced: 0, acknowledged: 0, lost: 0 };

  constructor(endpoint: Endpoint, policy: Config['batch'], env: BaseEnv) {
    this.#endpoint = endpoint;
    this.#policy = policy;
    this.#env = env;
    this.#acknowledged = env.metrics.counter(
      'webhook_acknowledged_total',
      'report instances that the service has taken',
    );
    this.#lost = env.metrics.counter(
      'webhook_lost_total',
      'report instances that were dropped or not taken by the service',
    );
  }

  /** Takes the JSON of an instance. */
  offer(text: string): void {
    this.totals.produced++;
    const fits = () => this.#waiting + text.length <= this.#policy.queue;
    // A full queue has nothing to wait for: a batch of it makes room, unless another is on its way.
    if (!fits()) void this.#run();
    if (this.#last || !fits()) {
      this.#lose(1);
      return;
    }
    this.#queue.push(text);
    this.#waiting += text.length;
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

  /** Ends in the same step that finds nothing left, so that no instance comes in between unseen. */
  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      const batch = this.#queue.splice(0, this.#policy.size);
      for (const text of batch) this.#waiting -= text.length;
      if (await this.#send(batch)) {
        this.totals.acknowledged += batch.length;
        this.#acknowledged.add(batch.length);
      } else {
        this.#lose(batch.length);
      }
    }
    this.#running = undefined;
  }

  /** Whether the service has taken a batch, after as many tries as fit into the timeout. */
  async #send(batch: readonly string[]): Promise<boolean> {
    const { handler, random } = this.#env;
    // The same in every try, so that the service can tell a batch that it has taken already.
    const id = Math.floor(random() * Number.MAX_SAFE_INTEGER).toString(36);
    const body = `{"verb":"report","handler":${JSON.stringify(handler)},"batch":"${id}","reports":[${batch.join()}]}`;
    const ended = new AbortController();
    const late = new Error(`the service has not taken a batch within ${this.#policy.timeout} ms`);
    using _ = this.#env.timers.after(this.#policy.timeout, () => ended.abort(late));
    const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
    for (let wait = this.#policy.pause; !signal.aborted; wait = Math.min(wait * 2, longestPause)) {
      const reply = await this.#endpoint
        .post(body, signal)
        .catch(error => ({ refused: (error as Error).message }));
      if ('body' in reply) {
        if (this.#failing) this.#env.log.info('the service takes reports again');
        this.#failing = false;
        return true;
      }
      const why = 'again' in reply ? reply.again : reply.refused;
      if (!this.#failing) this.#env.log.warn('the service does not take reports', { why });
      this.#failing = true;
      if ('refused' in reply) return false;
      if (this.#last) this.#closing.abort();
      else await pause(wait, this.#env, signal);
    }
    return false;
  }

  #lose(instances: number): void {
    if (instances === 0) return;
    this.totals.lost += instances;
    this.#lost.add(instances);
  }
}
