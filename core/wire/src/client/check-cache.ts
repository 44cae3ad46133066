import type { Value, Vocabulary } from '@krater/mixer';
import type { CheckReply, ReplyExtension } from '../messages.ts';
import { CachedCheck } from './cached-check.ts';
import { CheckKey } from './check-key.ts';
import { CheckTree } from './check-tree.ts';
import { KeptAnswers } from './kept-answer.ts';
import type { KnownMixer, KnownMixers } from './known-mixers.ts';

/** Different sets of references that are looked up at most, one after the other. */
const mostTrees = 64;
/** Where hits are counted no further but halved, so that what was asked often long ago comes last in the end. */
const mostHits = 1_000_000;

type Values = readonly (Value | undefined)[];

/**
 * Answers by what they depended on. Which attributes those are is known only from the answers themselves, so there is a
 * table for each set of references that was seen, and the tables that hit most are looked into first.
 *
 * Never more than a number of entries: the one that was not used for the longest time goes. One that has expired stays
 * until then, because it may have to serve when no Mixer can be reached.
 *
 * Hot path: a hit is held to 1 µs by spec/bench/wire-cache.ts.
 */
export class CheckCache {
  readonly #vocabulary: Vocabulary;
  readonly #mixers: KnownMixers;
  readonly #most: number;
  readonly #answers = new KeptAnswers();
  #trees: CheckTree[] = [];
  /** What any answer depended on; made when it is needed. */
  #union: CheckKey | undefined;
  #newest: CachedCheck | undefined;
  #oldest: CachedCheck | undefined;
  #size = 0;
  evictions = 0;

  constructor(vocabulary: Vocabulary, mixers: KnownMixers, most: number) {
    this.#vocabulary = vocabulary;
    this.#mixers = mixers;
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** An answer that is valid for a request; one use of it is taken. */
  find(values: Values, namespace: string | undefined, now: number): CachedCheck | undefined {
    const trees = this.#trees;
    for (let index = 0; index < trees.length; index++) {
      const tree = trees[index] as CheckTree;
      const found = tree.find(values, namespace);
      if (found === undefined || found.uses <= 0 || found.expires <= now || !this.#holds(found)) continue;
      found.uses--;
      this.#touch(found);
      this.#count(tree, index);
      return found;
    }
    return undefined;
  }

  /** The youngest answer that was valid for a request no longer than `age` milliseconds ago and would be, but for its age. */
  findExpired(
    values: Values,
    namespace: string | undefined,
    now: number,
    age: number,
  ): CachedCheck | undefined {
    let youngest: CachedCheck | undefined;
    for (const tree of this.#trees) {
      const found = tree.find(values, namespace);
      if (found === undefined || now - found.asked > age || !this.#holds(found)) continue;
      if (youngest === undefined || found.asked > youngest.asked) youngest = found;
    }
    return youngest;
  }

  /**
   * Keeps an answer, if it may be kept. `asked` is when its request was sent: by then it may already be older than its
   * validity.
   */
  keep(
    request: { readonly values: Values; readonly namespace: string | undefined; readonly asked: number },
    reply: CheckReply,
    told: ReplyExtension,
    mixer: KnownMixer,
  ): void {
    const { duration, uses } = reply.validity;
    if (!(duration > 0 && uses > 0)) return;
    // A refusal that charges is one of a quota, which says nothing about the next request.
    if (reply.status.code !== 'OK' && told.charges.length > 0) return;
    if (!this.#mixers.holds({ mixer, snapshot: told.snapshot, epochs: told.epochs })) return;
    const tree = this.#tree(reply);
    if (tree === undefined) return;
    const values = tree.key.valuesOf(request.values, request.namespace);
    const { decision, standing } = told;
    const { asked } = request;
    const answer = this.#answers.of(reply, told);
    const entry = new CachedCheck({ tree, values }, answer, { decision, standing, mixer, asked });
    const replaced = tree.put(entry);
    this.#link(entry);
    if (replaced !== undefined) this.#unlink(replaced);
    else if (++this.#size > this.#most) this.#evict(this.#oldest as CachedCheck);
  }

  /** By what misses are alike as far as anybody can know: all that any answer depended on, or else everything. */
  alike(values: Values, namespace: string | undefined): string {
    this.#union ??=
      this.#trees.length === 0
        ? CheckKey.whole(this.#vocabulary)
        : CheckKey.union(
            this.#trees.map(({ key }) => key),
            this.#vocabulary,
          );
    return this.#union.textOf(values, namespace);
  }

  drop(which: (entry: CachedCheck) => boolean): void {
    for (let entry = this.#oldest; entry !== undefined; ) {
      const { newer } = entry;
      if (which(entry)) this.#remove(entry);
      entry = newer;
    }
  }

  #holds(entry: CachedCheck): boolean {
    const { revision } = this.#mixers;
    if (entry.holdsAt === revision) return true;
    const { snapshot, epochs } = entry.answer;
    if (!this.#mixers.holds({ mixer: entry.mixer, snapshot, epochs })) return false;
    entry.holdsAt = revision;
    return true;
  }

  #tree({ references }: CheckReply): CheckTree | undefined {
    const key = CheckKey.of(references, this.#vocabulary);
    if (key === undefined) return undefined;
    const known = this.#trees.find(tree => tree.key.id === key.id);
    if (known !== undefined) return known;
    if (this.#trees.length >= mostTrees) {
      const least = this.#trees.reduce((a, b) => (b.hits < a.hits ? b : a));
      const before = this.#size;
      this.drop(({ tree }) => tree === least);
      this.evictions += before - this.#size;
    }
    const tree = new CheckTree(key);
    this.#trees.push(tree);
    this.#union = undefined;
    return tree;
  }

  #count(tree: CheckTree, index: number): void {
    tree.hits++;
    if (tree.hits > mostHits) for (const one of this.#trees) one.hits >>= 1;
    if (index === 0) return;
    const before = this.#trees[index - 1] as CheckTree;
    if (before.hits >= tree.hits) return;
    this.#trees[index] = before;
    this.#trees[index - 1] = tree;
  }

  #evict(entry: CachedCheck): void {
    this.evictions++;
    this.#remove(entry);
  }

  #remove(entry: CachedCheck): void {
    const { tree } = entry;
    this.#size--;
    this.#unlink(entry);
    tree.remove(entry);
    if (!tree.isEmpty) return;
    this.#trees = this.#trees.filter(one => one !== tree);
    this.#union = undefined;
  }

  #touch(entry: CachedCheck): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  #link(entry: CachedCheck): void {
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: CachedCheck): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}
