import type { Problem, SourceFile } from '@krater/documents';
import type { AnyAdapter } from './adapter.ts';
import type { Decision, HandlerEpoch, Outcome } from './decision.ts';
import type { Clock, Log } from './env.ts';
import type { AdapterModule, HandlerHealth, HandlerHost } from './handler-host.ts';
import type { Variety } from './template.ts';
import type { Service, Token } from './token.ts';
import type { MaybePromise, Value } from './value.ts';
import type { Bag } from './vocabulary/bag.ts';
import type { Vocabulary } from './vocabulary/vocabulary.ts';

/** A place where requests enter, and which attributes it supplies. */
export interface Listener {
  readonly name: string;
  readonly supplies: readonly string[];
}

/** A configuration: YAML text, or files. */
export type ConfigSource = string | readonly SourceFile[];

/** How adapter names of a configuration are found: a list of values, or a resolver that may import packages. */
export type AdapterSource = readonly AnyAdapter[] | AdapterResolver;
export interface AdapterResolver {
  /** Everything the given name may mean; an error carries the hint to print (such as the `npm install` line). */
  resolve(name: string, from: string): Promise<ResolvedAdapter>;
  /** What a package or file offers in the place of a service; the services of the adapter of that name if left out. */
  services?(name: string, from: string): Promise<OfferedServices>;
}
export interface OfferedServices {
  readonly services: readonly Service[];
  /** As of {@link ResolvedAdapter}. */
  readonly origin: string;
  /** As of {@link ResolvedAdapter}. */
  readonly module?: AdapterModule;
}
export interface ResolvedAdapter {
  readonly adapter: AnyAdapter;
  /** Where it came from and its version: part of the content hash. */
  readonly origin: string;
  /** Where it can be imported again; left out for one that was given by value, which then runs inline only. */
  readonly module?: AdapterModule;
  /** How its handlers run where the operator does not say and the Mixer has a host: inline if left out. */
  readonly isolation?: 'inline' | 'worker';
}

export interface MixerOptions {
  readonly config: ConfigSource;
  readonly adapters: AdapterSource;
  readonly services?: readonly Service[];
  readonly listeners?: readonly Listener[];
  readonly kinds?: readonly ForeignKind[];
  readonly rootNamespace?: string;
  readonly strict?: boolean;
  readonly node?: string;
  readonly log?: Log;
  /** Runs handlers elsewhere, as their documents ask by `isolation`; all run inline if left out. */
  readonly isolation?: HandlerHost;
  readonly clock?: Clock;
  /** Milliseconds for a whole check (100) and for one handler (50). */
  readonly checkDeadline?: number;
  readonly handlerDeadline?: number;
  /** How many refusals are kept for `why` (1000); of allows, at most 100. */
  readonly keepDecisions?: number;
}

/** A kind of document that is not the Mixer's own (such as Service) but is loaded and swapped together with its. */
export interface ForeignKind {
  readonly kind: string;
  readonly schema: import('zod').ZodType;
  /** The namespace of documents that name none; the root namespace if left out. */
  readonly defaultNamespace?: string;
  /** Checks all documents of the kind together; a `path` starts with the document's index in the list and goes on in its `spec`. */
  check?(
    documents: readonly ForeignDocument[],
    problem: (path: readonly (string | number)[], message: string, hint?: string) => void,
  ): void;
  /** Called in the moment the new configuration is swapped in. */
  apply(documents: readonly ForeignDocument[]): void;
}
export interface ForeignDocument {
  readonly name: string;
  readonly namespace: string;
  readonly spec: unknown;
}

export interface CheckOptions {
  /** The destination's namespace, from the listener. */
  readonly namespace?: string;
  /** Quotas that the caller asks for by itself, by name. */
  readonly quotas?: { readonly [name: string]: { readonly amount: number; readonly bestEffort?: boolean } };
  readonly dedupId?: string;
  /** Aborted when the caller has gone. */
  readonly signal?: AbortSignal;
  /** Milliseconds this caller can wait, if shorter than the configured deadline. */
  readonly timeout?: number;
  /** Amounts that the caller wants ahead of use, for quotas that are charged anyway. */
  readonly leases?: LeaseRequest;
  /** What to do where no Mixer can be asked; one that is embedded always can. */
  readonly unreachable?: Unreachable;
}

/** What the Mixer's absence means for a request: `cached` serves expired answers up to an age in milliseconds. */
export type Unreachable = 'allow' | 'deny' | { readonly cached: number };

export interface LeaseRequest {
  /** Who will hold them: the same for the life of a client, and no other client's. */
  readonly holder: string;
  readonly asks: readonly LeaseAsk[];
  /** Only leases are wanted: the request itself is charged nothing. */
  readonly refill: boolean;
}

/** One lease that is wanted, for the dimensions that a charge named. */
export interface LeaseAsk {
  readonly handler: string;
  readonly quota: string;
  /** As {@link dimensionsKey} writes them. */
  readonly dimensions: string;
  readonly amount: number;
  /** What the caller still holds of earlier ones. */
  readonly holding: number;
}

/**
 * A condition under which an unreachable Mixer means deny: a rule that could match denies on errors. Where none holds, it
 * means allow.
 */
export interface FailureClause {
  /** Of whose requests; left out for everybody's. */
  readonly namespace?: string;
  /** Only where this attribute has this value. */
  readonly attribute?: string;
  readonly value?: Value;
}

/** What a reload did. `carriedOver` and `created` name handlers. */
export interface Reload {
  readonly accepted: boolean;
  readonly generation: number;
  readonly hash: string;
  readonly created: readonly string[];
  readonly carriedOver: readonly string[];
  readonly closed: readonly string[];
  /** Errors if it was refused; warnings otherwise. */
  readonly problems: readonly Problem[];
}

export interface MixerStatus {
  readonly node: string;
  readonly generation: number;
  readonly hash: string;
  readonly rules: number;
  readonly handlers: readonly {
    readonly name: string;
    readonly adapter: string;
    readonly epoch: number;
    readonly failures: number;
    /** Of what it runs in; left out where the Mixer has no host for handlers. */
    readonly health?: HandlerHealth;
  }[];
  /** The last refused configuration, until a good one replaces it. */
  readonly refused?: { readonly at: number; readonly problems: readonly Problem[] };
}

/** What a proxy needs of a Mixer, whether it is embedded or asked over the network. */
export interface MixerAccess {
  /** The standard attributes have the same slots in every one. */
  readonly vocabulary: Vocabulary;
  /** An empty bag over the vocabulary. */
  bag(): Bag;
  /** Decides a request; never rejects because a handler, or the network, failed. */
  check(bag: Bag, options?: CheckOptions): MaybePromise<Outcome>;
  /** Tells finished requests. */
  report(bags: readonly Bag[], options?: { readonly namespace?: string }): MaybePromise<void>;
}

/** A configuration in service: its rules in decision order and its handlers. */
export interface Configuration {
  readonly generation: number;
  readonly hash: string;
  readonly rules: readonly {
    readonly rule: string;
    readonly namespace: string;
    /** Where it stands: file:line:column. */
    readonly place: string;
    readonly match: string;
    /** The clause by which requests find it, `attribute == value`; left out where every request meets it. */
    readonly foundBy?: string;
    readonly onError?: 'allow' | 'deny';
    readonly actions: readonly {
      readonly variety: Variety;
      readonly handler: string;
      readonly instance: string;
      readonly template: string;
    }[];
  }[];
  readonly handlers: readonly {
    readonly name: string;
    readonly adapter: string;
    /** Milliseconds for one call. */
    readonly deadline: number;
  }[];
}

/** What cached answers of a Mixer depend on beside the request itself. */
export interface MixerState {
  readonly node: string;
  /** Content hash of the configuration that serves. */
  readonly snapshot: string;
  readonly generation: number;
  readonly epochs: readonly HandlerEpoch[];
}

/** The attribute-processing core, embedded. */
export interface Mixer extends MixerAccess {
  /** Of the current configuration; the standard attributes have the same slots in every one. */
  readonly vocabulary: Vocabulary;
  /** An empty bag over the current vocabulary. */
  bag(): Bag;
  /**
   * Decides a request. Synchronous as long as all handlers are; never rejects for a handler's sake.
   * Hot path: 10 rules and 2 handlers within 10 µs, by spec/bench/engine.ts.
   */
  check(bag: Bag, options?: CheckOptions): MaybePromise<Decision>;
  /** Tells finished requests; resolves when every handler has taken them. Handler failures are counted, not thrown. */
  report(bags: readonly Bag[], options?: { readonly namespace?: string }): MaybePromise<void>;
  /** A dry run: which rules were considered, why each matched or not, what each handler would say. */
  explain(bag: Bag, options?: CheckOptions): Promise<Explanation>;
  /** Compiles and swaps in a new configuration, or changes nothing. One at a time, in order. */
  reload(config: ConfigSource): Promise<Reload>;
  decision(id: string): Decision | undefined;
  decisions(): readonly Decision[];
  status(): MixerStatus;
  /** The hash and the handlers' epochs: what cached answers depend on beside the request. */
  state(): MixerState;
  /** Calls back, synchronously, after every change of the {@link state}. */
  onChange(listener: () => void): Disposable;
  /** What the absence of this Mixer means, as its rules' `onError` say. */
  failureTable(): readonly FailureClause[];
  /** The configuration that serves, as people look at it. */
  configuration(): Configuration;
  /** Files that the last configuration, accepted or refused, takes secrets from: a change of one is a reason to reload. */
  secretFiles(): readonly string[];
  /** Prometheus text of Krater's own metrics. */
  metrics(): Promise<string>;
  /** The live service of a token, if an adapter needed it so far. */
  service<S>(token: Token<S>): S | undefined;
  /** Waits for calls in flight, flushes and closes handlers in reverse order of creation. */
  close(): Promise<void>;
}

export interface Explanation {
  /** In decision order. */
  readonly rules: readonly RuleExplanation[];
}
export interface RuleExplanation {
  readonly rule: string;
  readonly namespace: string;
  /** Where the rule stands: file:line:column. */
  readonly place: string;
  readonly match: string;
  readonly value: boolean | 'unknown';
  /** For an unknown value: why; for a false one: the clause that decided. */
  readonly reason?: string;
  readonly pruned: boolean;
  readonly handlers: readonly {
    readonly handler: string;
    readonly instance: string;
    readonly answer: string;
  }[];
}
