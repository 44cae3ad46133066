import type { Ambient, BaseEnv } from '@krater/mixer';
import type { LogNotice, SeriesNotice } from '../protocol/message.ts';

/** Metric series that one isolate may have; one more is not taken. */
const mostSeries = 200;

/** What an isolate tells of itself, handed to the host's log and to the metrics of its newest handler. */
export class Notices {
  readonly #name: string;
  readonly #ambient: Ambient;
  readonly #series = new Map<string, (value: number) => void>();
  #metrics: BaseEnv['metrics'] | undefined;

  constructor(name: string, ambient: Ambient) {
    this.#name = name;
    this.#ambient = ambient;
  }

  /** From now on metrics are those of this handler's environment. */
  into(metrics: BaseEnv['metrics']): void {
    this.#metrics = metrics;
    this.#series.clear();
  }

  logs(lines: readonly LogNotice[], dropped: number): void {
    for (const { level, message, fields } of lines) {
      if (Object.hasOwn(this.#ambient.log, level))
        this.#ambient.log[level](String(message), { handler: this.#name, ...fields });
    }
    if (dropped > 0)
      this.#ambient.log.warn('log lines of an isolated handler were dropped', {
        handler: this.#name,
        dropped,
      });
  }

  series(notices: readonly SeriesNotice[]): void {
    for (const notice of notices) this.#sink(notice)?.(Number(notice.value));
  }

  #sink({ kind, name, help }: SeriesNotice): ((value: number) => void) | undefined {
    const key = `${kind} ${name}`;
    const known = this.#series.get(key);
    if (known !== undefined || this.#metrics === undefined || this.#series.size >= mostSeries) return known;
    const counter = kind === 'counter' ? this.#metrics.counter(name, help) : undefined;
    const gauge = kind === 'gauge' ? this.#metrics.gauge(name, help) : undefined;
    const sink = (value: number) => {
      counter?.add(value);
      gauge?.set(value);
    };
    this.#series.set(key, sink);
    return sink;
  }
}
