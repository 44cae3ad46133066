import type { Log } from '@krater/mixer';
import type { AdapterSeries } from '@krater/mixer/hosting';
import type { FromIsolate, LogNotice } from '../protocol/message.ts';
import { ToldSeries } from './told-series.ts';

/** Log lines that wait for the host at most; what comes beyond is counted and dropped. */
const mostLines = 500;
/** Characters of one line's message, and of its fields as JSON. */
const longest = 8_192;
/** How long notices are gathered, in milliseconds. */
const gathering = 100;

/** What an isolate tells by itself: one message at a time, the next one only when the host has taken the last. */
export class Outbox {
  readonly #send: (message: FromIsolate) => void;
  readonly #after: (milliseconds: number, run: () => void) => void;
  readonly #told = new ToldSeries();
  readonly #series: () => Iterable<AdapterSeries>;
  #lines: LogNotice[] = [];
  #dropped = 0;
  #changed = new Set<string>();
  #underWay = false;
  #planned = false;

  constructor(
    send: (message: FromIsolate) => void,
    series: () => Iterable<AdapterSeries>,
    after: (milliseconds: number, run: () => void) => void,
  ) {
    this.#send = send;
    this.#series = series;
    this.#after = after;
  }

  readonly log: Log = {
    debug: (message, fields) => this.#line('debug', message, fields),
    info: (message, fields) => this.#line('info', message, fields),
    warn: (message, fields) => this.#line('warn', message, fields),
    error: (message, fields) => this.#line('error', message, fields),
  };

  #line(level: LogNotice['level'], message: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#lines.length >= mostLines) this.#dropped++;
    else
      this.#lines.push({ level, message: String(message).slice(0, longest), fields: withinBounds(fields) });
    this.plan();
  }

  /** Told at once, before any answer that is given after it; said twice it is told once. */
  changed(handler: string): void {
    this.#changed.add(handler);
    queueMicrotask(() => this.flushChanges());
  }

  flushChanges(): void {
    if (this.#changed.size === 0) return;
    for (const handler of this.#changed) this.#send({ changed: handler });
    this.#changed.clear();
  }

  /** Something happened that may have moved metrics. */
  plan(): void {
    if (this.#planned || this.#underWay) return;
    this.#planned = true;
    this.#after(gathering, () => {
      this.#planned = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#underWay) return;
    const series = this.#told.news(this.#series());
    if (this.#lines.length === 0 && this.#dropped === 0 && series.length === 0) return;
    this.#underWay = true;
    this.#send({ logs: this.#lines, dropped: this.#dropped, series });
    this.#lines = [];
    this.#dropped = 0;
  }

  /** The host has taken what was told. */
  noted(): void {
    this.#underWay = false;
    this.plan();
  }
}

/** Fields as data; what cannot be told is named instead. */
function withinBounds(fields: Readonly<Record<string, unknown>>): LogNotice['fields'] {
  try {
    const text = JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    if (text.length <= longest) return JSON.parse(text);
    return { omitted: `fields of ${text.length} characters` };
  } catch (error) {
    return { omitted: `fields that are no data: ${(error as Error).message}` };
  }
}
