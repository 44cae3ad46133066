import type { ValueType } from './value.ts';

/** Structured log of one handler or component. Fields must not carry secrets. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Clock {
  /** Wall-clock milliseconds since the Unix epoch, with fractions. Never goes backwards within a process. */
  now(): number;
}

/** Timers that end with the handler. `every` waits for the previous run before the next; a throw is logged. */
export interface Timers {
  after(milliseconds: number, run: () => unknown): Disposable;
  every(milliseconds: number, run: () => unknown): Disposable;
}

export interface Counter {
  add(amount?: number): void;
}
export interface Gauge {
  set(value: number): void;
}

/** Metrics about the adapter itself, on Krater's own /metrics under `krater_adapter_NAME`, labelled with the handler. */
export interface AdapterMetrics {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
}

/** What is told about an instance before any request: its name, template and the types its expressions turned out to have. */
export interface InstanceShape {
  readonly name: string;
  readonly template: string;
  /** By field; a map field has the types of its entries by key. */
  readonly types: { readonly [field: string]: ValueType | { readonly [key: string]: ValueType } };
}

/** The world as a service sees it. */
export interface ServiceEnv {
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: AdapterMetrics;
  /** Aborted when the owner closes. */
  readonly signal: AbortSignal;
  /** `fetch` that is aborted when the owner closes. */
  readonly fetch: typeof globalThis.fetch;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The world as a handler sees it: everything ambient comes from here, so tests can replace it. */
export interface BaseEnv extends ServiceEnv {
  /** The handler's name; one written inline in a rule is called `RULE.actions[N]`. */
  readonly handler: string;
  readonly instances: readonly InstanceShape[];
  /**
   * What must outlive a reload (sockets, series, counters). The first call for a key makes it; a handler of the same
   * name in a later configuration gets the same object. It is closed when no handler of that name is left.
   */
  keep<K>(key: string, make: () => K, close?: (kept: K) => unknown): K;
  /** Says that answers given before may no longer hold (a list was refreshed): raises the handler's epoch. */
  changed(): void;
}
