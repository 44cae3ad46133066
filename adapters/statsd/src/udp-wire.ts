import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '@krater/mixer';
import type { Delivery } from '@krater/mixer/telemetry';
import type { Wire } from './wire.ts';

/** How long a name that was looked up holds, in milliseconds. */
const nameHolds = 60_000;

interface Connection {
  readonly socket: Socket;
  readonly since: number;
  /** What the system has told of a datagram after it had taken it. */
  refusal: string | undefined;
}

/**
 * Datagrams. What the system takes counts as taken, unless the daemon's host answers at once that nobody listens, as a
 * missing daemon on the same machine does. Names are looked up again after a minute and after each failure.
 */
export class UdpWire implements Wire {
  readonly #host: string;
  readonly #port: number;
  readonly #clock: Clock;
  #connection: Connection | undefined;
  /** Goes on when a try is given up, so that there is never more than one. */
  #opening: Promise<Connection> | undefined;
  #closed = false;

  constructor(host: string, port: number, clock: Clock) {
    this.#host = host;
    this.#port = port;
    this.#clock = clock;
  }

  async send(lines: readonly string[], signal: AbortSignal): Promise<Delivery<string>> {
    try {
      const connection = await unlessAborted(this.#connect(), signal);
      connection.refusal = undefined;
      const datagram = Buffer.from(lines.join('\n'));
      // What the system has heard of an earlier datagram it tells in place of sending this one.
      await sendOn(connection.socket, datagram).catch(error =>
        error.code === 'ECONNREFUSED' ? sendOn(connection.socket, datagram) : Promise.reject(error),
      );
      // A refusal comes with the next turn of the event loop, no sooner and, from this machine, no later.
      await new Promise(resolve => setImmediate(resolve));
      return connection.refusal === undefined ? { taken: lines.length } : { refused: connection.refusal };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EMSGSIZE') return { refused: message };
      this.#disconnect();
      return { again: message };
    }
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
  }

  async #connect(): Promise<Connection> {
    const known = this.#connection;
    if (known !== undefined) {
      if (isIP(this.#host) !== 0 || this.#clock.now() - known.since < nameHolds) return known;
      this.#disconnect();
    }
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<Connection> {
    const { address, family } = await lookup(this.#host, { order: 'ipv4first' });
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const connection: Connection = { socket, since: this.#clock.now(), refusal: undefined };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.on('error', error => {
      connection.refusal = error.message;
      reject(error);
    });
    socket.connect(this.#port, address, resolve);
    await promise.catch(error => {
      socket.close();
      throw error;
    });
    if (this.#closed) socket.close();
    else this.#connection = connection;
    return connection;
  }

  #disconnect(): void {
    this.#connection?.socket.close();
    this.#connection = undefined;
  }
}

function sendOn(socket: Socket, datagram: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, error => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error('given up'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
