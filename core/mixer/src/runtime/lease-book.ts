import type { LeaseAsk } from '../mixer.ts';
import type { Leasable, QuotaResult } from '../result.ts';
import { canonicalJson } from './canonical.ts';

/** Combinations of quota and dimensions whose leases are known at a time, and holders of each. */
const mostAccounts = 10_000;
const mostHolders = 1_000;

/** What is known of one quota for one combination of dimensions. */
interface Account {
  leasable: Leasable | undefined;
  remaining: number;
  readonly holders: Map<string, Holding>;
}

interface Holding {
  /** Granted ahead and, as far as its holder has said, not used. */
  amount: number;
  /** On the engine's clock; what is held ends then. */
  until: number;
  /** The last request that asked, and how much it was allowed: a retry is the same request. */
  dedupId: string;
  allowed: number;
  /** What came of it is known, and entered. */
  settled: boolean;
}

/** Dimensions as one text: the same exactly for the same dimensions. Leases are asked for and accounted by it. */
export function dimensionsKey(dimensions: { readonly [name: string]: unknown }): string {
  return canonicalJson(dimensions);
}

/**
 * Who holds how much of which quota ahead of use. All holders together never hold more than the quota's handler declared
 * leasable, and that is also the most by which use can exceed what a window grants: whatever is used in a window was
 * granted in it, or was held when it began.
 */
export class LeaseBook {
  readonly #accounts = new Map<string, Account>();

  static key({ handler, quota, dimensions }: Pick<LeaseAsk, 'handler' | 'quota' | 'dimensions'>): string {
    return `${handler}\n${quota}\n${dimensions}`;
  }

  /**
   * How much of what is asked may be granted ahead: less where others hold much, and less where the quota runs out, so
   * that nobody sits on what others could use.
   */
  allow(key: string, holder: string, ask: LeaseAsk, dedupId: string, now: number): number {
    const account = this.#accounts.get(key);
    if (account?.leasable === undefined || !(ask.amount > 0)) return 0;
    const known = account.holders.get(holder);
    if (known !== undefined && known.dedupId === dedupId) return known.allowed;
    let others = 0;
    for (const [name, { amount, until }] of account.holders) {
      if (until <= now) account.holders.delete(name);
      else if (name !== holder) others += amount;
    }
    if (account.holders.size >= mostHolders && !account.holders.has(holder)) return 0;
    const held = Math.max(0, Math.min(ask.holding, known?.amount ?? 0));
    const free = account.leasable.amount - others - held;
    const allowed = Math.max(0, Math.floor(Math.min(ask.amount, free, account.remaining / 4)));
    // What may be granted counts as held from now on: other asks come before the answer to this one.
    const until = Math.max(now + account.leasable.duration, known?.until ?? 0);
    account.holders.set(holder, { amount: held + allowed, until, dedupId, allowed, settled: false });
    return allowed;
  }

  /** What a quota's handler answered: whether, and how far, it may be granted ahead of use. */
  learn(key: string, { status, leasable, standing }: QuotaResult, now: number): void {
    let account = this.#accounts.get(key);
    if (account === undefined) {
      if (leasable === undefined || !this.#makeRoom(now)) return;
      account = { leasable, remaining: 0, holders: new Map() };
      this.#accounts.set(key, account);
    }
    // A refusal has no opinion on leases.
    if (status.code === 'OK') account.leasable = leasable;
    account.remaining = standing?.remaining ?? leasable?.amount ?? 0;
  }

  /** How much of what was allowed was granted in the end: the rest is nobody's. A retry is settled already. */
  settle(key: string, holder: string, dedupId: string, granted: number): void {
    const held = this.#accounts.get(key)?.holders.get(holder);
    if (held === undefined) return;
    // A later request of the same holder did not know yet of what this one brings.
    if (held.dedupId !== dedupId) held.amount += granted;
    else if (!held.settled) {
      held.amount = Math.max(0, held.amount - held.allowed + granted);
      held.settled = true;
    }
  }

  /** Only accounts without live leases are forgotten: forgetting one that has some would allow them again. */
  #makeRoom(now: number): boolean {
    if (this.#accounts.size < mostAccounts) return true;
    let looked = 0;
    for (const [key, account] of this.#accounts) {
      this.#accounts.delete(key);
      if ([...account.holders.values()].every(({ until }) => until <= now)) return true;
      this.#accounts.set(key, account);
      if (++looked === 64) break;
    }
    return false;
  }
}
