import type { Ambient, Mixer } from '@krater/mixer';
import { encodeWatchUpdate } from '../codec/watch.ts';
import type { WatchUpdate } from '../messages.ts';
import type { CallRefusal } from './call.ts';
import type { MixerServerLimits } from './limits.ts';

/** One watch stream, as its endpoint carries it. */
export interface WatchStream {
  /** False where the peer does not keep up; {@link Watcher.ready} is then called when it does again. */
  write(message: Buffer): boolean;
  end(refusal: CallRefusal | undefined): void;
}

export interface Watcher {
  ready(): void;
  /** The stream is over. */
  gone(): void;
}

interface State {
  readonly update: Buffer;
  /** The same with the failure table, for those who have not seen it. */
  readonly whole: Buffer;
  /** The failure table, to compare. */
  readonly table: string;
}

/** Heartbeats that a stream may miss before it is ended. */
const patience = 6;
/** Milliseconds between messages at least, however fast the state changes. */
const spacing = 10;

/** Tells every watcher the newest state of the Mixer, and never an older one to a watcher that reads slowly. */
export class WatchHub {
  readonly #mixer: Mixer;
  readonly #ambient: Pick<Ambient, 'clock' | 'after'>;
  readonly #limits: MixerServerLimits;
  readonly #watchers = new Set<Watching>();
  readonly #changes: Disposable;
  #state: State | undefined;
  #draining = false;
  #closed = false;
  #last = 0;
  #scheduled: (() => void) | undefined;
  #heartbeat: (() => void) | undefined;

  constructor(mixer: Mixer, ambient: Pick<Ambient, 'clock' | 'after'>, limits: MixerServerLimits) {
    this.#mixer = mixer;
    this.#ambient = ambient;
    this.#limits = limits;
    this.#changes = mixer.onChange(() => this.#changed());
  }

  get size(): number {
    return this.#watchers.size;
  }

  add(stream: WatchStream): Watcher | CallRefusal {
    const { maxWatchers } = this.#limits;
    if (this.#closed) return { code: 'UNAVAILABLE', message: 'the Mixer is closing' };
    if (this.#watchers.size >= maxWatchers)
      return { code: 'RESOURCE_EXHAUSTED', message: `there are ${maxWatchers} watchers already` };
    const watcher = new Watching(stream, () => this.#watchers.delete(watcher));
    this.#watchers.add(watcher);
    watcher.tell(this.#current());
    this.#heartbeat ??= this.#beat();
    return watcher;
  }

  /** Tells everybody to go elsewhere; streams stay open. */
  drain(): void {
    this.#draining = true;
    this.#publish();
  }

  close(): void {
    this.#closed = true;
    this.#changes[Symbol.dispose]();
    this.#scheduled?.();
    this.#heartbeat?.();
    for (const watcher of [...this.#watchers]) watcher.end(undefined);
  }

  /** What one turn of the event loop changes is one message. */
  #changed(): void {
    this.#state = undefined;
    const wait = Math.max(0, this.#last + spacing - this.#ambient.clock.now());
    this.#scheduled ??= this.#ambient.after(wait, () => this.#publish());
  }

  #publish(): void {
    this.#scheduled?.();
    this.#scheduled = undefined;
    this.#state = undefined;
    this.#last = this.#ambient.clock.now();
    if (this.#watchers.size === 0) return;
    const state = this.#current();
    for (const watcher of [...this.#watchers]) watcher.tell(state);
  }

  #beat(): () => void {
    return this.#ambient.after(this.#limits.heartbeat, () => {
      this.#heartbeat = undefined;
      if (this.#watchers.size === 0) return;
      const state = this.#current();
      for (const watcher of [...this.#watchers]) watcher.beat(state);
      this.#heartbeat = this.#beat();
    });
  }

  #current(): State {
    if (this.#state === undefined) {
      const failureTable = this.#mixer.failureTable();
      const update: WatchUpdate = { ...this.#mixer.state(), draining: this.#draining };
      this.#state = {
        update: encodeWatchUpdate(update),
        whole: encodeWatchUpdate({ ...update, failureTable }),
        table: encodeWatchUpdate({ ...noUpdate, failureTable }).toString('latin1'),
      };
    }
    return this.#state;
  }
}

const noUpdate: WatchUpdate = { node: '', snapshot: '', generation: 0, epochs: [], draining: false };

class Watching implements Watcher {
  readonly #stream: WatchStream;
  readonly #leave: () => void;
  #table: string | undefined;
  #isReady = true;
  /** What waits until the stream is ready: the newest state only. */
  #waiting: State | undefined;
  #missed = 0;

  constructor(stream: WatchStream, leave: () => void) {
    this.#stream = stream;
    this.#leave = leave;
  }

  tell(state: State): void {
    if (!this.#isReady) {
      this.#waiting = state;
      return;
    }
    const message = state.table === this.#table ? state.update : state.whole;
    this.#table = state.table;
    this.#isReady = this.#stream.write(message);
  }

  beat(state: State): void {
    this.#missed = this.#isReady ? 0 : this.#missed + 1;
    if (this.#missed < patience) this.tell(state);
    else this.end({ code: 'RESOURCE_EXHAUSTED', message: 'the stream is read too slowly' });
  }

  ready(): void {
    this.#isReady = true;
    const state = this.#waiting;
    this.#waiting = undefined;
    if (state !== undefined) this.tell(state);
  }

  end(refusal: CallRefusal | undefined): void {
    this.gone();
    this.#stream.end(refusal);
  }

  gone(): void {
    this.#waiting = undefined;
    this.#leave();
  }
}
