import type { Ambient } from './ambient.ts';
import type { Snapshot } from './snapshot.ts';

/** How long a replaced snapshot may keep its handlers open for calls that do not end, in milliseconds. */
const patience = 10_000;

/** A snapshot and the calls that are in it, so that its handlers are closed only after the last one. */
export class SnapshotLease {
  readonly snapshot: Snapshot;
  #calls = 0;
  #empty: (() => void) | undefined;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  take(): this {
    this.#calls++;
    return this;
  }

  release(): void {
    this.#calls--;
    if (this.#calls === 0) this.#empty?.();
  }

  /** Resolves when no call is left in the snapshot, or when patience has ended. */
  drained(ambient: Ambient): Promise<void> {
    if (this.#calls === 0) return Promise.resolve();
    return new Promise(resolve => {
      const giveUp = ambient.after(
        patience,
        () => {
          ambient.log.warn('calls did not end before their handlers were closed', {
            calls: this.#calls,
            hash: this.snapshot.hash,
          });
          resolve();
        },
        'awaited',
      );
      this.#empty = () => {
        giveUp();
        resolve();
      };
    });
  }
}
