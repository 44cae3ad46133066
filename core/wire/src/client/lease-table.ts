import { type Charge, dimensionsKey, type LeaseAsk, type QuotaStanding } from '@krater/mixer';
import type { CheckReply, ReplyExtension } from '../messages.ts';
import type { CachedCheck, Due } from './cached-check.ts';
import { Lease, standingNow } from './lease.ts';

/** Combinations of quota and dimensions that leases are held of at a time. */
const mostLeases = 10_000;

/** Leases that one request asks for. */
const mostAsks = 50;

const nothing: readonly Due[] = [];

/** What was asked for along with a request: it is told when the answer is there, or there is none. */
export interface Asked {
  readonly asks: readonly LeaseAsk[];
  readonly leases: readonly Lease[];
}

export const nothingAsked: Asked = { asks: [], leases: [] };

/**
 * All leases of a client, of one configuration: a lease ends with the content hash that it was granted under.
 *
 * In strict mode there are none: whatever charges is asked for each time.
 */
export class LeaseTable {
  readonly #strict: boolean;
  readonly #leases = new Map<string, Lease>();
  #snapshot: string | undefined;
  #lapsed = 0;
  taken = 0;
  granted = 0;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  get size(): number {
    return this.#leases.size;
  }

  get lapsed(): number {
    let lapsed = this.#lapsed;
    for (const lease of this.#leases.values()) lapsed += lease.lapsed;
    return lapsed;
  }

  /** Units held now. */
  held(now: number): number {
    let held = 0;
    for (const lease of this.#leases.values()) held += lease.held(now);
    return held;
  }

  /** Only leases of this configuration may be used from now on. */
  begin(snapshot: string): void {
    if (snapshot === this.#snapshot) return;
    this.end();
    this.#snapshot = snapshot;
  }

  end(): void {
    for (const lease of this.#leases.values()) this.#end(lease);
    this.#leases.clear();
  }

  /** Takes all that a cached decision charges, or nothing. */
  charge(entry: CachedCheck, now: number): boolean {
    if (entry.answer.charges.length === 0) return true;
    const due = this.#due(entry, now);
    if (due.length === 0) return true;
    if (this.#strict || entry.answer.snapshot !== this.#snapshot) return false;
    for (const { lease, amount } of due) if (lease.held(now) < amount) return false;
    for (const { lease, amount } of due) {
      lease.take(amount);
      this.taken += amount;
    }
    return true;
  }

  /** Whether it is time to ask for more. */
  low({ due }: CachedCheck, now: number): boolean {
    return due?.some(({ lease }) => lease.low(now)) ?? false;
  }

  /** What to ask for beyond what a cached decision charges; only one request at a time asks for each. */
  ask(entry: CachedCheck, now: number, lacking: boolean): Asked {
    if (this.#strict) return nothingAsked;
    const asks: LeaseAsk[] = [];
    const leases: Lease[] = [];
    for (const { lease, amount } of this.#due(entry, now)) {
      if (lacking && lease.held(now) < amount) lease.ranOut();
      if (lease.asking || asks.length === mostAsks) continue;
      const ask = lease.ask(now);
      if (!(ask.amount > 0)) continue;
      lease.asking = true;
      leases.push(lease);
      asks.push(ask);
    }
    return asks.length === 0 ? nothingAsked : { asks, leases };
  }

  /** There was no answer. */
  unanswered({ leases }: Asked): void {
    for (const lease of leases) lease.asking = false;
  }

  /** What an answer charged and granted. */
  answered(
    { asks, leases }: Asked,
    { reply, told, refill }: { reply: CheckReply; told: ReplyExtension; refill: boolean },
    { sent, now }: { sent: number; now: number },
  ): void {
    const { charges, snapshot, standing } = told;
    const isUse = !refill && reply.status.code === 'OK';
    const got = new Map<Lease, number>();
    if (!this.#strict && snapshot === this.#snapshot) {
      for (const { charge, lease } of this.#leasesOf(charges, now)) {
        if (isUse) lease.use(charge.amount);
        const amount = lease.grant(charge.lease, sent);
        got.set(lease, (got.get(lease) ?? 0) + amount);
        this.granted += amount;
        if (standing !== undefined && charges.length === 1) lease.stand(standing, now);
      }
    }
    for (const [index, lease] of leases.entries()) {
      lease.asking = false;
      if ((got.get(lease) ?? 0) < (asks[index]?.amount ?? 0)) lease.wait(now);
    }
  }

  /** Where the caller stands with what an answer charged or, of a cached one, charges again. */
  standing(
    charges: readonly Charge[],
    { told, at }: { readonly told: QuotaStanding; readonly at: number },
    now: number,
    due = this.#dueOf(charges, now),
  ): QuotaStanding {
    const only = charges.length === 1 ? due[0]?.lease.standing(now) : undefined;
    if (only !== undefined) return only;
    let held = due.length === 0 ? 0 : Infinity;
    for (const { lease } of due) held = Math.min(held, lease.held(now));
    return standingNow(told, at, held, now);
  }

  #due(entry: CachedCheck, now: number): readonly Due[] {
    const { due } = entry;
    if (due !== undefined && !due.some(({ lease }) => lease.over)) return due;
    entry.due = this.#dueOf(entry.answer.charges, now);
    return entry.due;
  }

  #dueOf(charges: readonly Charge[], now: number): readonly Due[] {
    if (charges.length === 0) return nothing;
    const amounts = new Map<Lease, number>();
    for (const { charge, lease } of this.#leasesOf(charges, now))
      amounts.set(lease, (amounts.get(lease) ?? 0) + charge.amount);
    return [...amounts].map(([lease, amount]) => ({ lease, amount }));
  }

  /** Amounts of 0 only look at a quota, and are charged to nobody. */
  #leasesOf(
    charges: readonly Charge[],
    now: number,
  ): readonly { readonly charge: Charge; readonly lease: Lease }[] {
    return charges
      .filter(({ amount }) => amount > 0)
      .map(charge => ({ charge, lease: this.#leaseOf(charge, now) }));
  }

  #leaseOf({ handler, quota, dimensions }: Charge, now: number): Lease {
    const of = { handler, quota, dimensions: dimensionsKey(dimensions) };
    const key = `${handler}\n${quota}\n${of.dimensions}`;
    const known = this.#leases.get(key);
    if (known !== undefined) return known;
    if (this.#leases.size >= mostLeases) this.#makeRoom(now);
    const lease = new Lease(of, now);
    this.#leases.set(key, lease);
    return lease;
  }

  /** The first that holds nothing goes, of some that are looked at; otherwise the one that was made first. */
  #makeRoom(now: number): void {
    let looked = 0;
    let oldest: string | undefined;
    for (const [key, lease] of this.#leases) {
      oldest ??= key;
      if (lease.held(now) > 0 && ++looked < 64) continue;
      if (lease.held(now) === 0) oldest = key;
      break;
    }
    if (oldest === undefined) return;
    this.#end(this.#leases.get(oldest) as Lease);
    this.#leases.delete(oldest);
  }

  #end(lease: Lease): void {
    lease.end();
    this.#lapsed += lease.lapsed;
  }
}
