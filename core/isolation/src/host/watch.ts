import type { Ambient } from '@krater/mixer';
import type { Launched } from '../launch/launcher.ts';
import type { Pong } from '../protocol/message.ts';
import type { Link } from './link.ts';

/** Milliseconds between looks at the memory, also where it would soon be beyond its limit: what grows faster meets the hard one. */
const memoryRhythm = { steady: 50, growing: 10 };
/** A host that was busy itself first takes what has arrived meanwhile, for so many milliseconds. */
const grace = 50;

export interface WatchOptions {
  readonly link: Link;
  readonly launched: Launched;
  readonly ambient: Ambient;
  /** Milliseconds without a sign of life. */
  readonly timeout: number;
  /** As many as are allowed instead just now, while something is done that may take longer. */
  readonly patience: () => number | undefined;
  readonly memoryLimit: number | undefined;
  /** Called with a reason when it must end. */
  readonly end: (reason: string) => void;
}

/** Looks after one running isolate: that it answers a ping, and that it stays within its memory. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #timers = new Map<string, () => void>();
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopped) return;
    this.#ping();
    const { memoryLimit, launched } = this.#options;
    if (memoryLimit !== undefined && launched.memory !== undefined) this.#weigh(memoryLimit);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #after(name: string, milliseconds: number, run: () => void): void {
    this.#timers.get(name)?.();
    if (!this.#stopped) this.#timers.set(name, this.#options.ambient.after(milliseconds, run));
  }

  #ping(): void {
    const { link, ambient, timeout } = this.#options;
    this.#listen(ambient.clock.now());
    link.request({ do: 'ping' }).then(
      pong => {
        this.#after('silence', timeout / 2, () => this.#ping());
        this.#judge((pong as Pong | undefined)?.memory);
      },
      () => {},
    );
  }

  #listen(since: number): void {
    const { ambient, timeout, patience, end } = this.#options;
    this.#after('silence', timeout, () => {
      const allowed = patience() ?? timeout;
      if (ambient.clock.now() - since < allowed) this.#listen(since);
      else this.#after('silence', grace, () => end(`it showed no sign of life for ${allowed} ms`));
    });
  }

  #weigh(limit: number, last = 0, rhythm = memoryRhythm.growing): void {
    this.#after('memory', rhythm, async () => {
      const used = (await this.#options.launched.memory?.().catch(() => undefined)) ?? last;
      this.#judge(used);
      if (this.#stopped) return;
      const growth = (used - last) / rhythm;
      const isNear = used + growth * 2 * memoryRhythm.steady > limit;
      this.#weigh(limit, used, isNear ? memoryRhythm.growing : memoryRhythm.steady);
    });
  }

  #judge(used: number | undefined): void {
    const { memoryLimit, end } = this.#options;
    if (this.#stopped || used === undefined || memoryLimit === undefined || used <= memoryLimit) return;
    end(`it uses ${inMebibytes(used)} of memory, and ${inMebibytes(memoryLimit)} are allowed`);
  }
}

function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}
