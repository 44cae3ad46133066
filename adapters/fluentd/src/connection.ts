import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { tlsOptions } from '@krater/mixer/telemetry';
import { decode } from '@msgpack/msgpack';
import { type Config, parseAddress } from './config.ts';
import { isHelo, wantsKey } from './handshake.ts';

/** The longest message that a server may send: its longest are those of the handshake. */
const longestMessage = 16 * 1024;
const limits = {
  maxStrLength: longestMessage,
  maxBinLength: longestMessage,
  maxArrayLength: 16,
  maxMapLength: 16,
  maxExtLength: 64,
};

/** A connection to a server, on which one side speaks at a time. Everything that goes wrong is an Error, and ends it. */
export class Connection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  constructor(config: Pick<Config, 'address' | 'tls'>) {
    const address = parseAddress(config.address) ?? { path: '' };
    this.#socket =
      config.tls === undefined
        ? connectPlain(address)
        : connectTls({ ...address, ...tlsOptions(config.tls) });
    this.#socket.setKeepAlive(true, 30_000);
    this.#socket.setNoDelay(true);
    // What goes wrong is told by "close", which follows.
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#wake?.());
    this.#socket.on('data', chunk => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (this.#received.length > longestMessage)
        this.#socket.destroy(new Error('the server sends a message that is too long'));
      this.#wake?.();
    });
  }

  get open(): boolean {
    return this.#socket.writable && !this.#socket.destroyed;
  }

  /** Ends the connection; what waits on it fails. */
  destroy(why?: string): void {
    this.#socket.destroy(why === undefined ? undefined : new Error(why));
  }

  async write(message: Uint8Array): Promise<void> {
    let written = false;
    this.#socket.write(message, error => {
      written = !error;
      this.#wake?.();
    });
    await this.#until(() => written);
  }

  /** The next message of the server. */
  async read(): Promise<unknown> {
    let message: { readonly value: unknown } | undefined;
    await this.#until(() => {
      message = this.#decoded();
      return message !== undefined;
    });
    return message?.value;
  }

  #decoded(): { readonly value: unknown } | undefined {
    if (this.#received.length === 0) return undefined;
    try {
      const value = decode(this.#received, limits);
      this.#received = Buffer.alloc(0);
      return { value };
    } catch (error) {
      // That a message is not complete yet.
      if (error instanceof RangeError && !/Extra/.test(error.message)) return undefined;
      throw new Error(`the server does not speak the forward protocol: ${(error as Error).message}`);
    }
  }

  #ending(): Error {
    if (this.#socket.errored !== null) return this.#socket.errored;
    // A server that has greeted and closed waited for an answer to its greeting.
    return new Error(isHelo(this.#decoded()?.value) ? wantsKey : 'the server has closed the connection');
  }

  /** Waits for the socket to do something until `done`, or fails when it has ended. */
  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.#socket.destroyed) throw this.#ending();
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }
}
