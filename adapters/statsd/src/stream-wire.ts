import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Delivery } from '@krater/mixer/telemetry';
import type { Wire } from './wire.ts';

/** Puts a packet on the stream so that the daemon finds its end. */
export type Framing = (packet: Buffer) => Buffer;

/** Lines, each with its end: TCP everywhere, and StatsD on a Unix socket. */
export const lineFraming: Framing = packet => Buffer.concat([packet, Buffer.from('\n')]);

/** The length in four bytes, the least first, and the packet: the stream sockets of the Datadog Agent. */
export const lengthFraming: Framing = packet => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(packet.length);
  return Buffer.concat([length, packet]);
};

/**
 * A connection over TCP or a Unix socket, made when there is something to send and again after it was lost. What the
 * system takes counts as taken. A daemon that does not read holds up one packet only: the others wait in the queue.
 */
export class StreamWire implements Wire {
  readonly #options: NetConnectOpts;
  readonly #frame: Framing;
  #socket: Socket | undefined;

  constructor(options: NetConnectOpts, frame: Framing) {
    this.#options = options;
    this.#frame = frame;
  }

  async send(lines: readonly string[], signal: AbortSignal): Promise<Delivery<string>> {
    const socket = this.#connected();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => socket.destroy(new Error('the daemon has not taken it in time'));
    const ended = () => reject(socket.errored ?? new Error('the daemon has closed the connection'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', ended);
    socket.write(this.#frame(Buffer.from(lines.join('\n'))), error => {
      if (error === null || error === undefined) resolve();
    });
    try {
      await promise;
      return { taken: lines.length };
    } catch (error) {
      return { again: (error as Error).message || String((error as NodeJS.ErrnoException).code) };
    } finally {
      signal.removeEventListener('abort', abort);
      socket.off('close', ended);
    }
  }

  close(): void {
    this.#socket?.destroySoon();
    this.#socket = undefined;
  }

  #connected(): Socket {
    if (this.#socket?.writable) return this.#socket;
    this.#socket?.destroy();
    const socket = connect(this.#options);
    this.#socket = socket;
    // What goes wrong is told by "close", which follows.
    socket.on('error', () => {});
    // Whatever a daemon says is read and forgotten, so that its end is noticed.
    socket.resume();
    return socket;
  }
}
