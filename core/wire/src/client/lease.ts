import type { LeaseAsk, QuotaStanding } from '@krater/mixer';

/** Milliseconds of use that a lease is to last for, where its Mixer lets it. */
const horizon = 500;
/** Milliseconds by which a rate of use is remembered. */
const memory = 500;
/** A rate over less than this many milliseconds is chance. */
const shortestSample = 5;
/** By how much at most more is asked for than use so far would need, where it ran out early. */
const mostEagerness = 4;
/** Milliseconds for which nothing is topped up where a Mixer gave less than was asked for. */
const patience = 20;

interface Grant {
  amount: number;
  /** On the client's clock; what is left then is lost. */
  readonly until: number;
}

/**
 * What a client holds, ahead of use, of one quota for one combination of dimensions, and how much of it is to be asked
 * for: what recent use would need soon, more where it ran out early, nothing where hardly anything is used.
 */
export class Lease {
  readonly of: Pick<LeaseAsk, 'handler' | 'quota' | 'dimensions'>;
  readonly #grants: Grant[] = [];
  #held = 0;
  /** When the first of them ends. */
  #ends = Infinity;
  #used = 0;
  /** Units in a millisecond. */
  #rate = 0;
  #sampled: number;
  #eagerness = 1;
  /** Of the last Mixer that granted some, in milliseconds. */
  #duration = 2 * horizon;
  /** Below it, more is asked for in the background. */
  #low = 0;
  #patientUntil = -Infinity;
  #standing: { readonly told: QuotaStanding; readonly at: number } | undefined;
  /** A request for more is under way: only one is at a time. */
  asking = false;
  /** Its configuration, or its place, is gone: nobody may take from it. */
  over = false;
  lapsed = 0;

  constructor(of: Lease['of'], now: number) {
    this.of = of;
    this.#sampled = now;
  }

  /** How much is held now. */
  held(now: number): number {
    if (now >= this.#ends) this.#lapse(now);
    return this.#held;
  }

  /** Takes what is held; {@link held} says whether there is enough. */
  take(amount: number): void {
    this.#used += amount;
    this.#held -= amount;
    let rest = amount;
    for (let first = this.#grants[0]; rest > 0 && first !== undefined; first = this.#grants[0]) {
      if (first.amount > rest) {
        first.amount -= rest;
        return;
      }
      rest -= first.amount;
      this.#grants.shift();
      this.#ends = this.#grants[0]?.until ?? Infinity;
    }
  }

  /** A request was charged by its Mixer. */
  use(amount: number): void {
    this.#used += amount;
  }

  /** Is it time to ask for more, so that nobody has to wait for it? */
  low(now: number): boolean {
    return this.#held < this.#low && !this.asking && now >= this.#patientUntil;
  }

  /** A request has to be made because it ran out: next time it is to last longer. */
  ranOut(): void {
    if (this.#low > 0 && this.#eagerness < mostEagerness) this.#eagerness *= 2;
  }

  /** How much is wanted beyond what is held; for a request that is about to be made. */
  ask(now: number): LeaseAsk {
    this.#sample(now);
    const holding = this.held(now);
    const target = Math.round(this.#rate * Math.min(horizon * this.#eagerness, this.#duration / 2));
    this.#low = target / 2;
    return { ...this.of, amount: Math.max(0, target - holding), holding };
  }

  /** What came of an ask for an amount; `asked` is when. Returns how much it got. */
  grant(lease: { readonly amount: number; readonly duration: number } | undefined, asked: number): number {
    if (lease === undefined || this.over || !(lease.amount > 0)) return 0;
    this.#duration = lease.duration;
    const until = asked + lease.duration;
    const next = this.#grants.findIndex(grant => grant.until > until);
    this.#grants.splice(next < 0 ? this.#grants.length : next, 0, { amount: lease.amount, until });
    this.#ends = (this.#grants[0] as Grant).until;
    this.#held += lease.amount;
    return lease.amount;
  }

  /** Less was granted than wanted: others want it too, or there is no more. */
  wait(now: number): void {
    this.#patientUntil = now + patience;
  }

  stand(told: QuotaStanding, at: number): void {
    this.#standing = { told, at };
  }

  /** Where the caller stands by what it was told last: what is held was counted then as if it had been used. */
  standing(now: number): QuotaStanding | undefined {
    return this.#standing && standingNow(this.#standing.told, this.#standing.at, this.#held, now);
  }

  end(): void {
    this.over = true;
    this.lapsed += this.#held;
    this.#held = 0;
    this.#grants.length = 0;
    this.#ends = Infinity;
  }

  #lapse(now: number): void {
    while (this.#grants[0] !== undefined && this.#grants[0].until <= now) {
      const { amount } = this.#grants.shift() as Grant;
      this.#held -= amount;
      this.lapsed += amount;
      if (this.#eagerness > 1) this.#eagerness /= 2;
    }
    if (this.#grants.length === 0) this.#held = 0;
    this.#ends = this.#grants[0]?.until ?? Infinity;
  }

  #sample(now: number): void {
    const time = now - this.#sampled;
    if (time < shortestSample) return;
    this.#rate += (1 - Math.exp(-time / memory)) * (this.#used / time - this.#rate);
    this.#used = 0;
    this.#sampled = now;
  }
}

/** A standing told some time ago, with what was then counted as used and is not. */
export function standingNow(told: QuotaStanding, at: number, held: number, now: number): QuotaStanding {
  const { limit, remaining, resetAfter } = told;
  return {
    limit,
    remaining: Math.max(0, Math.min(limit, remaining + held)),
    resetAfter: Math.max(0, resetAfter - (now - at)),
  };
}
