import type { ServiceEnv } from '@krater/mixer';
import type { Config } from './config.ts';

/**
 * Whether Redis is worth asking: it is connected, and has not just failed several times in a row. Where it has, one
 * decision after each pause tries again. Tells metrics and log when that changes.
 */
export class Circuit {
  readonly #settings: Config['circuit'];
  readonly #env: ServiceEnv;
  readonly #gauge: ReturnType<ServiceEnv['metrics']['gauge']>;
  #connected = false;
  #failures = 0;
  #openUntil = -Infinity;
  #isTrying = false;
  #told: boolean | undefined;
  #whenUp = () => {};

  constructor(settings: Config['circuit'], env: ServiceEnv) {
    this.#settings = settings;
    this.#env = env;
    this.#gauge = env.metrics.gauge('redis_decides', '1 while Redis decides, 0 while the insurance does');
  }

  /** Calls back each time that Redis decides again. */
  onUp(run: () => void): void {
    this.#whenUp = run;
  }

  get isConnected(): boolean {
    return this.#connected;
  }

  /** Whether to ask Redis now. Whoever is admitted says afterwards what came of it. */
  admits(now: number): boolean {
    if (!this.#connected) return false;
    if (this.#failures < this.#settings.failures) return true;
    if (this.#isTrying || now < this.#openUntil) return false;
    this.#isTrying = true;
    return true;
  }

  succeeded(): void {
    this.#isTrying = false;
    this.#failures = 0;
    if (this.#connected) this.#tell(true);
  }

  failed(now: number, reason: string): void {
    this.#isTrying = false;
    if (++this.#failures < this.#settings.failures) return;
    this.#openUntil = now + this.#settings.pause;
    this.#tell(false, reason);
  }

  /** The caller has gone before there was an answer: that says nothing. */
  abandoned(): void {
    this.#isTrying = false;
  }

  connected(): void {
    this.#connected = true;
    this.succeeded();
  }

  lost(reason: string): void {
    this.#connected = false;
    this.#tell(false, reason);
  }

  #tell(isUp: boolean, reason?: string): void {
    if (isUp === this.#told) return;
    this.#told = isUp;
    this.#gauge.set(isUp ? 1 : 0);
    if (isUp) {
      this.#env.log.info('Redis decides');
      this.#whenUp();
    } else this.#env.log.warn('Redis does not answer: the insurance decides', { reason });
  }
}
