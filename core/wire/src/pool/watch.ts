import type { Ambient } from '@krater/mixer';
import { decodeWatchUpdate } from '../codec/watch.ts';
import type { WatchUpdate } from '../messages.ts';
import { inWords } from '../transport/failures.ts';
import type { Transport } from '../transport.ts';
import type { BackOff } from './back-off.ts';

export interface WatchParts {
  readonly transport: Transport;
  readonly request: Buffer;
  readonly ambient: Ambient;
  readonly backOff: BackOff;
  readonly onUpdate: (update: WatchUpdate) => void;
  /** The stream has ended, though not the connection; it will be opened again. */
  readonly onEnd: () => void;
}

/** The watch stream of one connection: opened again while that lasts, unless the server has none to offer. */
export class Watch {
  readonly #parts: WatchParts;
  #stream: Disposable | undefined;
  #cancelPause: (() => void) | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#open();
  }

  stop(): void {
    this.#cancelPause?.();
    this.#stream?.[Symbol.dispose]();
  }

  #open(): void {
    const { transport, request, onEnd } = this.#parts;
    this.#stream = transport.watch(
      request,
      message => this.#read(message),
      ({ code }) => {
        onEnd();
        if (code !== 'UNIMPLEMENTED') this.#openLater();
      },
    );
  }

  #read(message: Buffer): void {
    const { ambient, backOff, onUpdate, onEnd } = this.#parts;
    let update: WatchUpdate;
    try {
      update = decodeWatchUpdate(message);
    } catch (error) {
      ambient.log.warn('the state that a Mixer tells cannot be read', { error: inWords(error) });
      this.#stream?.[Symbol.dispose]();
      onEnd();
      this.#openLater();
      return;
    }
    backOff.reset();
    onUpdate(update);
  }

  #openLater(): void {
    const { transport, ambient, backOff } = this.#parts;
    if (transport.state === 'ended') return;
    this.#cancelPause = ambient.after(backOff.next(), () => this.#open());
  }
}
