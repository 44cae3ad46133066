import type { BaseEnv, KraterError } from '@krater/mixer';
import type { Config } from './config.ts';
import { type KeySet, parseKeySet } from './key-set.ts';
import { createSource, failure, type Source } from './source.ts';

/** What was read last, for the handler's next configuration: it can serve although the source is down just then. */
interface Last {
  keys?: KeySet;
  at: number;
}

/** Keys that their owner rotates: read again and again, and at once where a token is signed by one not yet known. */
export class LiveKeys {
  readonly #config: Config;
  readonly #env: BaseEnv;
  readonly #source: Source;
  readonly #last: Last;
  readonly #failures: { add(): void };
  readonly #size: { set(value: number): void };
  #keys: KeySet | undefined;
  #timer: Disposable | undefined;
  #reading: Promise<void> | undefined;
  #tried = -Infinity;
  #closed = false;

  private constructor(config: Config, env: BaseEnv, source: Source) {
    this.#config = config;
    this.#env = env;
    this.#source = source;
    const from = `${config.file ?? config.url} ${config.ca?.digest ?? ''}`;
    this.#last = env.keep(`keys ${from}`, () => ({ at: -Infinity }));
    this.#keys = this.#last.keys;
    this.#failures = env.metrics.counter('refresh_failures', 'times that the keys could not be read');
    this.#size = env.metrics.gauge('keys', 'keys that tokens can be verified with');
    this.#size.set(this.#keys?.size ?? 0);
  }

  /** Reads them once, for as long as the timeout allows, whether that succeeds or not; then regularly. */
  static async start(config: Config, env: BaseEnv): Promise<LiveKeys> {
    const keys = new LiveKeys(config, env, await createSource(config, env));
    await keys.#refresh();
    return keys;
  }

  /** The keys, and for how many milliseconds answers by them may be reused; throws where there are none to go by. */
  current(): { readonly keys: KeySet; readonly reusable: number } {
    const remaining = this.#last.at + this.#config.expiry - this.#env.clock.now();
    if (this.#keys === undefined) throw failure('JWT_UNAVAILABLE', 'the keys have not been read yet');
    if (remaining <= 0) throw failure('JWT_UNAVAILABLE', 'the keys could not be read again and have expired');
    return { keys: this.#keys, reusable: remaining };
  }

  /** Reads the keys again, unless that has just been tried; for callers who miss one. */
  async renew(): Promise<void> {
    if (this.#env.clock.now() - this.#tried >= this.#config.cooldown) void this.#refresh();
    await this.#reading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#source.close();
  }

  get #over(): boolean {
    return this.#closed || this.#env.signal.aborted;
  }

  #refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { refresh, cooldown } = this.#config;
    this.#timer?.[Symbol.dispose]();
    this.#tried = this.#env.clock.now();
    const good = await this.#take();
    if (this.#over) return;
    this.#timer = this.#env.timers.after(good ? refresh : Math.min(refresh, cooldown), () => this.#refresh());
  }

  async #take(): Promise<boolean> {
    try {
      const keys = await parseKeySet(await this.#source.read());
      const before = this.#keys;
      if (keys.identity !== before?.identity) this.#swap(keys);
      this.#last.at = this.#env.clock.now();
      return true;
    } catch (error) {
      if (this.#over) return false;
      const { code, message } = error as KraterError;
      this.#failures.add();
      this.#env.log.warn('the keys could not be refreshed', { from: this.#source.name, code, message });
      return false;
    }
  }

  #swap(keys: KeySet): void {
    const isFirst = this.#keys === undefined;
    this.#keys = keys;
    this.#last.keys = keys;
    this.#size.set(keys.size);
    if (keys.skipped.length > 0)
      this.#env.log.warn('some keys are left out', { from: this.#source.name, skipped: keys.skipped });
    if (!isFirst) this.#env.changed();
  }
}
