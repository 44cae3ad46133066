import type { FailureClause, HandlerEpoch } from '@krater/mixer';
import type { ReplyExtension, WatchUpdate } from '../messages.ts';

/** Milliseconds for which the client does not go back to a configuration that it left. */
const longestAway = 10_000;
/** Mixers, and configurations left within that time, that are remembered. */
const mostRemembered = 64;

/** A Mixer process, as it last said that it was. */
export interface KnownMixer {
  readonly node: string;
  snapshot: string;
  generation: number;
  epochs: Map<string, number>;
  /** Whether its watch stream is open: it would tell if something changed. */
  watched: boolean;
  /** Restarted since, or forgotten. */
  gone: boolean;
  /** At which {@link KnownMixers.moment} its configuration was learned. */
  learned: number;
}

/** What an answer rests on beside the request. */
export interface Basis {
  readonly mixer: KnownMixer;
  readonly snapshot: string;
  readonly epochs: readonly HandlerEpoch[];
}

/** Who wants to know when cached answers and leases have lost their ground. */
export interface Listener {
  /** These configurations, and no others, may still be served from the cache. */
  kept(snapshots: readonly string[]): void;
  gone(mixer: KnownMixer): void;
}

/**
 * What is known of the Mixers: by their watch streams, and by answers that came later than those. Answers are served
 * from the cache for one configuration at a time, the newest; those of the one before are kept for a way back.
 */
export class KnownMixers {
  readonly #listener: Listener;
  readonly #byNode = new Map<string, KnownMixer>();
  readonly #byAddress = new Map<string, KnownMixer>();
  readonly #left = new Map<string, number>();
  #previous: string | undefined;
  /** The configuration that is served from the cache. */
  snapshot: string | undefined;
  failureTable: readonly FailureClause[] | undefined;
  /** Rises with whatever may end the validity of a cached answer. */
  revision = 0;
  /** Rises with every state that is learned: an answer that was asked for later tells a state that is no older. */
  moment = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  get all(): Iterable<KnownMixer> {
    return this.#byNode.values();
  }

  updated(address: string, update: WatchUpdate, now: number): void {
    const { node, snapshot, generation, epochs, failureTable } = update;
    const before = this.#byAddress.get(address);
    if (before !== undefined && before.node !== node) {
      this.#byAddress.delete(address);
      if (![...this.#byAddress.values()].includes(before)) this.#forget(before);
    }
    const known = this.#byNode.get(node);
    if (known !== undefined && isRestarted(known, update)) this.#forget(known);
    const mixer = this.#mixer(node, snapshot);
    this.#byAddress.set(address, mixer);
    mixer.watched = true;
    mixer.generation = generation;
    mixer.epochs = new Map(epochs.map(({ handler, epoch }) => [handler, epoch]));
    if (failureTable !== undefined) this.failureTable = failureTable;
    this.revision++;
    this.#learn(mixer, snapshot, now);
  }

  lost(address: string): void {
    const mixer = this.#byAddress.get(address);
    if (mixer !== undefined) mixer.watched = false;
  }

  /** An answer, asked for at a {@link moment}; answers whose it is. */
  answered({ node, snapshot, epochs }: ReplyExtension, moment: number, now: number): KnownMixer {
    const mixer = this.#mixer(node, snapshot);
    for (const { handler, epoch } of epochs) {
      if (epoch <= (mixer.epochs.get(handler) ?? 0)) continue;
      mixer.epochs.set(handler, epoch);
      this.revision++;
    }
    if (snapshot === mixer.snapshot) this.#move(snapshot, now);
    else if (moment >= mixer.learned) this.#learn(mixer, snapshot, now);
    return mixer;
  }

  /** Does an answer that rests on this still hold, as far as anybody knows? */
  holds({ mixer, snapshot, epochs }: Basis): boolean {
    if (mixer.gone || snapshot !== this.snapshot || snapshot !== mixer.snapshot) return false;
    return epochs.every(({ handler, epoch }) => (mixer.epochs.get(handler) ?? 0) <= epoch);
  }

  /** Goes back to a configuration where there was reason to, and it was too early. */
  reconsider(now: number): void {
    for (const { snapshot } of this.#byNode.values()) this.#move(snapshot, now);
  }

  #mixer(node: string, snapshot: string): KnownMixer {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known;
    if (this.#byNode.size >= mostRemembered) {
      const one = [...this.#byNode.values()].find(({ watched }) => !watched) ?? [...this.#byNode.values()][0];
      this.#forget(one as KnownMixer);
    }
    const epochs = new Map<string, number>();
    const mixer: KnownMixer = {
      node,
      snapshot,
      generation: 0,
      epochs,
      watched: false,
      gone: false,
      learned: 0,
    };
    this.#byNode.set(node, mixer);
    return mixer;
  }

  #forget(mixer: KnownMixer): void {
    this.#byNode.delete(mixer.node);
    mixer.gone = true;
    this.revision++;
    this.#listener.gone(mixer);
  }

  #learn(mixer: KnownMixer, snapshot: string, now: number): void {
    mixer.learned = ++this.moment;
    if (mixer.snapshot !== snapshot) {
      mixer.snapshot = snapshot;
      this.revision++;
    }
    this.#move(snapshot, now);
  }

  /** To a configuration never seen at once; back to one that was left only after a while, and only with everybody. */
  #move(snapshot: string, now: number): void {
    if (snapshot === this.snapshot) return;
    const left = this.#left.get(snapshot);
    if (left !== undefined && (now - left < longestAway || this.#isCurrent())) return;
    this.#left.delete(snapshot);
    if (this.snapshot !== undefined) this.#left.set(this.snapshot, now);
    if (this.#left.size > mostRemembered) this.#left.delete([...this.#left.keys()][0] as string);
    this.#previous = this.snapshot;
    this.snapshot = snapshot;
    this.revision++;
    this.#listener.kept(this.#previous === undefined ? [snapshot] : [snapshot, this.#previous]);
  }

  /** Whether a Mixer that would tell of a change still has what is served from the cache. */
  #isCurrent(): boolean {
    return [...this.#byNode.values()].some(({ watched, snapshot }) => watched && snapshot === this.snapshot);
  }
}

/** In one process generations and epochs only rise: what says less is another, that has its name from the operator. */
function isRestarted(known: KnownMixer, { generation, epochs }: WatchUpdate): boolean {
  if (generation < known.generation) return true;
  return epochs.some(({ handler, epoch }) => epoch < (known.epochs.get(handler) ?? 0));
}
