import type { CheckReply, ReplyExtension } from '../messages.ts';
import type { CheckTree } from './check-tree.ts';
import type { KnownMixer } from './known-mixers.ts';
import type { Lease } from './lease.ts';

/** What a cached decision charges to one lease. */
export interface Due {
  readonly lease: Lease;
  readonly amount: number;
}

/** A Mixer's answer in the cache, and for how long it is one. */
export class CachedCheck {
  readonly reply: CheckReply;
  readonly told: ReplyExtension;
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
    tree: CheckTree,
    values: readonly unknown[],
    reply: CheckReply,
    told: ReplyExtension,
    mixer: KnownMixer,
    asked: number,
  ) {
    const { duration, uses } = reply.validity;
    this.tree = tree;
    this.values = values;
    this.reply = reply;
    this.told = told;
    this.mixer = mixer;
    this.asked = asked;
    this.expires = asked + (mixer.watched ? duration : Math.min(duration, longestUnwatched));
    this.uses = uses;
  }
}

/** Milliseconds that an answer is kept for while nobody would tell that it no longer holds. */
const longestUnwatched = 1_000;
