import type { Ambient, MixerAccess, Unreachable, Vocabulary } from '@krater/mixer';
import type { AddressStatus } from '../pool.ts';
import type { TransportKind, TransportTls } from '../transport.ts';

export interface MixerClientOptions {
  /** `HOST:PORT` or `unix:PATH`, one or more. */
  readonly addresses: readonly string[];
  /** `http2`, which is the fast one, if left out. */
  readonly transport?: TransportKind;
  readonly tls?: TransportTls;
  /** The standard attributes if left out. */
  readonly vocabulary?: Vocabulary;
  /** Milliseconds for one check, a retry included (100). */
  readonly timeout?: number;
  /** What the absence of every Mixer means; if left out, what its rules' `onError` say. */
  readonly unreachable?: Unreachable;
  /** The same before any Mixer was ever seen (`deny`). */
  readonly beforeFirstMixer?: 'allow' | 'deny';
  /** How many answers are kept (10,000); `false` asks for every request. */
  readonly cache?: { readonly entries?: number } | false;
  /** Whether quotas may be used ahead of being charged (true); `false` is strict: every request that charges is asked for. */
  readonly leases?: boolean;
  readonly reports?: ReportOptions;
  /** The same for the life of a client, and no other client's; chosen by itself if left out. */
  readonly id?: string;
  /** Time, timers and chance; those of the process if left out. */
  readonly ambient?: Ambient;
}

export interface ReportOptions {
  /** A batch is sent when it has so many records (100) … */
  readonly batch?: number;
  /** … or so many bytes (256 KiB) … */
  readonly bytes?: number;
  /** … or when its first record has waited for so many milliseconds (100). */
  readonly age?: number;
  /** What waits at most, in records (10,000) and bytes (16 MiB). Beyond it the newest records are lost, and counted. */
  readonly queue?: { readonly records?: number; readonly bytes?: number };
  /** Milliseconds for a batch to be taken (5,000). */
  readonly timeout?: number;
}

/** A client of Mixers elsewhere: what a proxy needs of a Mixer, over the network. */
export interface MixerClient extends MixerAccess {
  readonly id: string;
  /** Resolves when a Mixer has told its state, or to false when none has within `timeout` milliseconds. */
  ready(timeout: number): Promise<boolean>;
  status(): MixerClientStatus;
  metrics(): MixerClientMetrics;
  /** Sends what is to be reported and lets calls in flight end, for at most `timeout` milliseconds (5,000). */
  close(timeout?: number): Promise<void>;
}

export interface MixerClientStatus {
  readonly id: string;
  readonly transport: TransportKind;
  readonly addresses: readonly AddressStatus[];
  /** Content hash of the configuration whose answers are served from the cache. */
  readonly snapshot: string | undefined;
  readonly mixers: readonly {
    readonly node: string;
    readonly snapshot: string;
    readonly generation: number;
    /** How often each of its handlers has changed its mind. */
    readonly epochs: ReadonlyMap<string, number>;
    /** Whether its watch stream is open. */
    readonly watched: boolean;
  }[];
  /** Why the last check that no answer came for has none. */
  readonly lastFailure?: { readonly code: string; readonly message: string; readonly at: number };
}

/** Counts since the client was made, and sizes as they are. */
export interface MixerClientMetrics {
  readonly cache: {
    /** Answered without a Mixer. */
    readonly hits: number;
    readonly misses: number;
    /** Misses that were answered by another request's answer. */
    readonly joined: number;
    readonly entries: number;
    readonly evictions: number;
  };
  readonly calls: {
    /** Checks that were sent. */
    readonly checks: number;
    /** Of them, to charge a cached answer that no lease was there for. */
    readonly uncovered: number;
    /** Of them, to top up leases in the background. */
    readonly refills: number;
    /** Checks that no answer came for. */
    readonly failed: number;
  };
  readonly leases: {
    readonly accounts: number;
    /** In units of the quotas: granted ahead of use, used by hits, lost unused, and held now. */
    readonly granted: number;
    readonly used: number;
    readonly lapsed: number;
    readonly held: number;
  };
  /** Requests without a Mixer's answer, by what became of them. */
  readonly unreachable: {
    /** A valid cached answer stood, with what its quotas' onError say. */
    readonly stood: number;
    /** An expired one was served. */
    readonly expired: number;
    readonly allowed: number;
    readonly denied: number;
  };
  readonly reports: {
    readonly queued: number;
    readonly sent: number;
    readonly lost: number;
  };
}
