import type { Timers } from '@krater/mixer';
import type { Level } from '@krater/mixer/telemetry';
import type { Account } from './account.ts';
import type { AnySink } from './log-sinks.ts';

const chunkLength = 16 * 1024;
const longestBatch = 128 * 1024;

/** One entry, as its line and as what a winston transport wants to know. */
export interface Entry {
  readonly line: string;
  readonly level: Level;
  readonly instance: string;
  /** The same as a JSON object. */
  json(): string;
}

/** Gathers the entries of one handler into batches: of 16 KiB, of more while the sink is busy, or of what came within the flush time. */
export class Recorder {
  readonly #account: Account;
  readonly #sink: AnySink;
  readonly #timers: Timers;
  readonly #flush: number;
  readonly #longest: number;
  /** Lines that are encoded. Text is encoded while it is young: a long one would be copied again and again first. */
  readonly #bytes: Buffer;
  #encoded = 0;
  #text = '';
  /** In the bytes and in the text. */
  #records = 0;
  #timer: Disposable | undefined;

  constructor(account: Account, sink: AnySink, timers: Timers, flush: number) {
    this.#account = account;
    this.#sink = sink;
    this.#timers = timers;
    this.#flush = flush;
    this.#longest = Math.min(longestBatch, account.policy.size / 4);
    this.#bytes = Buffer.allocUnsafeSlow(this.#longest + 4 * chunkLength);
  }

  /** Hot path, for sinks of lines. */
  line(line: string): void {
    this.#text += line;
    this.#records++;
    this.#timer ??= this.#timers.after(this.#flush, () => this.#seal());
    if (this.#text.length >= chunkLength) this.#encode();
  }

  /** For winston transports. */
  entry({ line, level, instance, json }: Entry): void {
    if (this.#sink.kind === 'lines') {
      this.line(line);
      return;
    }
    this.#account.produced++;
    const text = line.slice(0, -1);
    const info = Object.assign(JSON.parse(json()), {
      level,
      message: instance,
      [Symbol.for('level')]: level,
      [Symbol.for('message')]: text,
    });
    this.#sink.sink.offer({
      payload: [info],
      account: this.#account,
      size: text.length,
      records: 1,
      begun: false,
    });
  }

  /** Writes what there is within `patience` milliseconds; what is not acknowledged then is lost. */
  async close(patience: number): Promise<void> {
    this.#seal();
    await this.#sink.sink.drain(patience);
    this.#account.close();
    this.#sink.sink.forget(this.#account);
  }

  #encode(): void {
    const fits = this.#text.length * 3 <= this.#bytes.length - this.#encoded;
    if (fits) {
      this.#encoded += this.#bytes.write(this.#text, this.#encoded);
      this.#text = '';
    }
    if (!fits || this.#encoded >= this.#longest || !this.#sink.sink.busy) this.#seal();
  }

  #seal(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#records === 0 || this.#sink.kind !== 'lines') return;
    const bytes = Buffer.concat([this.#bytes.subarray(0, this.#encoded), Buffer.from(this.#text)]);
    const records = this.#records;
    this.#account.produced += records;
    this.#encoded = 0;
    this.#text = '';
    this.#records = 0;
    this.#sink.sink.offer({
      payload: { bytes, written: 0 },
      account: this.#account,
      size: bytes.length,
      records,
      begun: false,
    });
  }
}
