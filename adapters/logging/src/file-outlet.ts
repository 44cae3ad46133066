import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  write as writeCallback,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Clock, Log } from '@krater/mixer';
import { isAtPath, openAppend } from './log-file.ts';
import type { Batch, Outlet } from './sink.ts';

const write = promisify(writeCallback);
/** How long it may take to notice that the file is gone from its path, in milliseconds. */
const lookInterval = 1_000;
const lineEnd = 0x0a;

/** Whole lines, and how many of their bytes are written. */
export interface Lines {
  readonly bytes: Buffer;
  written: number;
}

/** When a file is put aside. `size` in bytes, `age` in milliseconds; `keep` of them remain, as PATH.1 (youngest), PATH.2 … */
export interface Rotation {
  readonly size: number;
  readonly age?: number | undefined;
  readonly keep: number;
}

/**
 * Appends lines to a descriptor. A line counts as written when its end is; after a partial write the rest follows first,
 * so a torn line is either mended or, in a file, cut off at the end.
 */
export class DescriptorOutlet implements Outlet<Lines> {
  protected descriptor: number;
  /** Bytes of an unfinished line at the end. */
  protected torn = 0;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  async write(batch: Batch<Lines>): Promise<void> {
    const { payload, account } = batch;
    while (payload.written < payload.bytes.length) {
      const rest = payload.bytes.subarray(payload.written);
      const { bytesWritten } = await write(this.descriptor, rest, 0, rest.length, null);
      if (bytesWritten === 0) throw new Error('nothing could be written');
      const done = rest.subarray(0, bytesWritten);
      payload.written += bytesWritten;
      const ends = bytesWritten === rest.length ? batch.records : count(done, lineEnd);
      this.torn = ends === 0 ? this.torn + bytesWritten : bytesWritten - 1 - done.lastIndexOf(lineEnd);
      batch.begun = true;
      batch.records -= ends;
      account.acknowledge(ends);
      this.wrote(bytesWritten);
    }
  }

  close(): void {}
  protected wrote(_bytes: number): void {}
}

/** A file of lines, with rotation. One that was deleted or moved away is noticed within a second, and another one begun. */
export class FileOutlet extends DescriptorOutlet {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rotation: Rotation | undefined;
  readonly #regular: boolean;
  #size = 0;
  #born = 0;
  /** Milliseconds; when the file was last seen at its path. */
  #seen: number;
  #rotationFailed = false;
  /** The last line, not ours, has no end. */
  #unended = false;

  /** Opens or creates the file, and the folders above it; a throw is LOGGING_CANNOT_OPEN. */
  constructor(
    path: string,
    rotation: Rotation | undefined,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ) {
    super(openAppend(path));
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#regular = fstatSync(this.descriptor).isFile();
    this.#rotation = this.#regular ? rotation : undefined;
    this.#seen = clock.now();
    this.#look();
  }

  override async write(batch: Batch<Lines>): Promise<void> {
    if (this.#regular && this.#clock.now() - this.#seen >= lookInterval) await this.#reopenIfGone(batch);
    if (!batch.begun) {
      this.#rotateIfDue(batch.payload.bytes.length);
      await this.#endLine();
    }
    await super.write(batch);
  }

  recheck(): void {
    this.#seen = -Infinity;
  }

  override close(): void {
    // Only where nobody else has written behind the torn line.
    if (this.#regular && this.torn > 0 && fstatSync(this.descriptor).size === this.#size) {
      ftruncateSync(this.descriptor, this.#size - this.torn);
    }
    closeSync(this.descriptor);
  }

  protected override wrote(bytes: number): void {
    this.#size += bytes;
  }

  /** A throw leaves the old file open: what cannot be written at the path waits in the queue, whose bounds count what is lost. */
  async #reopenIfGone(batch: Batch<Lines>): Promise<void> {
    if (!(await isAtPath(this.descriptor, this.#path))) {
      const next = openAppend(this.#path);
      this.close();
      this.descriptor = next;
      // A line that was torn there is written here from its beginning.
      batch.payload.written -= this.torn;
      batch.begun = false;
      this.torn = 0;
      this.#unended = false;
      this.#look();
      this.#log.info('a log file is gone from its path, another one is begun', { path: this.#path });
    }
    this.#seen = this.#clock.now();
  }

  /** What the file holds already; a line that an earlier process left torn. */
  #look(): void {
    if (!this.#regular) return;
    const { size, birthtimeMs } = fstatSync(this.descriptor);
    this.#size = size;
    this.#born = size === 0 ? this.#clock.now() : Math.min(birthtimeMs, this.#clock.now());
    const last = Buffer.alloc(1);
    const reader = size > 0 ? openSync(this.#path, 'r') : undefined;
    if (reader === undefined) return;
    readSync(reader, last, 0, 1, size - 1);
    closeSync(reader);
    this.#unended = last[0] !== lineEnd;
  }

  /** A line that this outlet did not begin cannot be mended, only ended. */
  async #endLine(): Promise<void> {
    if (!this.#unended) return;
    await write(this.descriptor, Buffer.from('\n'), 0, 1, null);
    this.#size++;
    this.#unended = false;
  }

  #rotateIfDue(bytes: number): void {
    if (this.#rotation === undefined || this.#size === 0) return;
    const { size, age = Infinity, keep } = this.#rotation;
    if (this.#size + bytes <= size && this.#clock.now() - this.#born < age) return;
    try {
      for (let number = keep - 1; number >= 1; number--)
        move(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
      renameSync(this.#path, `${this.#path}.1`);
      const old = this.descriptor;
      this.descriptor = openAppend(this.#path);
      closeSync(old);
      this.#unended = false;
      this.#look();
      this.#rotationFailed = false;
    } catch (error) {
      // A log that cannot be rotated is still better written than lost.
      if (!this.#rotationFailed)
        this.#log.error('a log file cannot be rotated', { path: this.#path, error: String(error) });
      this.#rotationFailed = true;
    }
  }
}

function move(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}

function count(bytes: Buffer, wanted: number): number {
  let found = 0;
  for (let index = bytes.indexOf(wanted); index >= 0; index = bytes.indexOf(wanted, index + 1)) found++;
  return found;
}
