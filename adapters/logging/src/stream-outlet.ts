import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { DescriptorOutlet, type Lines } from './file-outlet.ts';
import type { Batch, Outlet } from './sink.ts';

/** Writes lines to a stream whose end says nothing about parts: a pipe, a socket or a terminal. */
export class StreamOutlet implements Outlet<Lines> {
  readonly #stream: Writable;
  readonly #ignore = () => {};

  constructor(stream: Writable) {
    this.#stream = stream;
    // The callback of each write tells of errors; unheard, the event would end the process.
    stream.on('error', this.#ignore);
  }

  async write(batch: Batch<Lines>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(batch.payload.bytes, error => (error ? reject(error) : resolve()));
    });
    batch.account.acknowledge(batch.records);
    batch.records = 0;
  }

  close(): void {
    this.#stream.off('error', this.#ignore);
  }
}

/** Standard output or error: by descriptor where it is a file or device, because a stream hides partial writes to these. */
export function consoleOutlet(name: 'stdout' | 'stderr'): Outlet<Lines> {
  const descriptor = name === 'stdout' ? 1 : 2;
  const status = fstatSync(descriptor);
  const byDescriptor = status.isFile() || (status.isCharacterDevice() && !isatty(descriptor));
  return byDescriptor ? new DescriptorOutlet(descriptor) : new StreamOutlet(process[name]);
}
