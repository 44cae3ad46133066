/** Is told each change of an account's figures. */
export interface Ledger {
  acknowledged(records: number): void;
  lost(records: number): void;
}

/** What may wait for one handler, and what happens to the rest. */
export interface QueuePolicy {
  /** Bytes. */
  readonly size: number;
  readonly drop: 'oldest' | 'newest';
}

/**
 * The records of one handler: each one produced is acknowledged or lost exactly once, and until then it waits.
 * After {@link Account.close} what still waited is lost, whatever is heard of it later.
 */
export class Account {
  readonly policy: QueuePolicy;
  readonly #ledger: Ledger;
  /** Those in batches: a record that is still gathered counts when its batch is made. */
  produced = 0;
  acknowledged = 0;
  lost = 0;
  /** Bytes that wait in the sink. */
  waiting = 0;
  #closed = false;

  constructor(policy: QueuePolicy, ledger: Ledger) {
    this.policy = policy;
    this.#ledger = ledger;
  }

  acknowledge(records: number): void {
    if (this.#closed || records === 0) return;
    this.acknowledged += records;
    this.#ledger.acknowledged(records);
  }

  lose(records: number): void {
    if (this.#closed || records === 0) return;
    this.lost += records;
    this.#ledger.lost(records);
  }

  close(): void {
    this.lose(this.produced - this.acknowledged - this.lost);
    this.#closed = true;
  }
}
