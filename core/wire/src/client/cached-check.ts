import type { QuotaStanding } from '@krater/mixer';
import type { CheckTree } from './check-tree.ts';
import type { KeptAnswer } from './kept-answer.ts';
import type { KnownMixer } from './known-mixers.ts';
import type { Lease } from './lease.ts';

/** What a cached decision charges to one lease. */
export interface Due {
  readonly lease: Lease;
  readonly amount: number;
}

/** A Mixer's answer in the cache, and for how long it is one. */
export class CachedCheck {
  readonly answer: KeptAnswer;
  /** The decision that it was given in. */
  readonly origin: string;
  /** Where its caller stood. */
  readonly standing: QuotaStanding | undefined;
  readonly mixer: KnownMixer;
  /** When it was asked for: its age and its validity count from then. */
  readonly asked: number;
  readonly expires: number;
  /** How often it may still be used. */
  uses: number;
  /** The leases of its charges, once one was looked for. */
  due: readonly Due[] | undefined;
  /** As of which revision of what is known about Mixers it is known to hold. */
  holdsAt = -1;
  readonly tree: CheckTree;
  /** What its request had for each part of the tree's key. */
  readonly values: readonly unknown[];
  /** Tells it from a branch of the tree. */
  readonly part = -1;
  older: CachedCheck | undefined;
  newer: CachedCheck | undefined;

  constructor(
    place: { readonly tree: CheckTree; readonly values: readonly unknown[] },
    answer: KeptAnswer,
    from: {
      readonly decision: string;
      readonly standing: QuotaStanding | undefined;
      readonly mixer: KnownMixer;
      readonly asked: number;
    },
  ) {
    const { duration, uses } = answer.validity;
    this.tree = place.tree;
    this.values = place.values;
    this.answer = answer;
    this.origin = from.decision;
    this.standing = from.standing;
    this.mixer = from.mixer;
    this.asked = from.asked;
    this.expires = from.asked + (from.mixer.watched ? duration : Math.min(duration, longestUnwatched));
    this.uses = uses;
  }
}

/** Milliseconds that an answer is kept for while nobody would tell that it no longer holds. */
const longestUnwatched = 1_000;
