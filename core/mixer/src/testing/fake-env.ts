import type { AdapterMetrics, BaseEnv, InstanceShape } from '../env.ts';
import { FakeClock } from './fake-clock.ts';
import { Kept } from './kept.ts';
import { type LogEntry, recordedLog } from './recorded-log.ts';

export interface FakeEnvOptions<S> {
  /** The handler's name (`test`). */
  readonly handler?: string;
  readonly instances?: readonly InstanceShape[];
  /** What the adapter `needs`, by the names it uses. */
  readonly services?: S;
  /** What earlier environments have kept, to test a reload; see also {@link FakeEnv.reloaded}. */
  readonly keep?: Kept;
  /** Shared with other environments. */
  readonly clock?: FakeClock;
  /** Instead of the real `fetch`. */
  readonly fetch?: typeof fetch;
  /** Instead of a fixed sequence. */
  readonly random?: () => number;
}

/** An environment whose time stands still and that records everything. */
export interface FakeEnv extends BaseEnv {
  readonly clock: FakeClock;
  /** What was logged, oldest first. */
  readonly logged: readonly LogEntry[];
  /** Counters and gauges by name. */
  readonly measured: ReadonlyMap<string, number>;
  /** How often `changed()` was called. */
  readonly changes: number;
  /** Which of `changed`, `timers`, `fetch`, `keep` the handler has used: what makes it stateful. */
  readonly used: ReadonlySet<'changed' | 'timers' | 'fetch' | 'keep'>;
  readonly kept: Kept;
  /** The environment of the same handler in the next configuration: same clock, same kept things. */
  reloaded(options?: { readonly instances?: readonly InstanceShape[] }): this;
  /** Names what was given out and is still open: timers, fetches, kept things. */
  open(): string[];
  /** Aborts the signal, stops timers, lets go of kept things; returns what {@link open} said before. */
  close(): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes an environment for trying a handler by hand.
 *
 * @example
 * await using env = fakeEnv();
 * const handler = await denylist.create(denylist.config.parse({ url, refresh: '60s' }), env);
 * await env.clock.advance(60_000);
 * assert.is(env.changes, 1);
 */
export function fakeEnv<S extends object = Record<never, never>>(
  options: FakeEnvOptions<S> = {},
): FakeEnv & S {
  const {
    handler = 'test',
    instances = [],
    clock = new FakeClock(),
    keep: kept = new Kept(),
    services,
  } = options;
  const owner = new AbortController();
  const log = recordedLog();
  const measured = new Map<string, number>();
  const used = new Set<'changed' | 'timers' | 'fetch' | 'keep'>();
  const fetches = new Set<string>();
  const holder = {};
  let changes = 0;

  const timers = clock.timers(error => log.error('a timer failed', { error }));

  const metrics: AdapterMetrics = {
    counter(name) {
      if (!measured.has(name)) measured.set(name, 0);
      return { add: (amount = 1) => void measured.set(name, (measured.get(name) ?? 0) + amount) };
    },
    gauge(name) {
      if (!measured.has(name)) measured.set(name, 0);
      return { set: value => void measured.set(name, value) };
    },
  };

  const boundFetch: typeof fetch = async (input, init) => {
    used.add('fetch');
    const signals = [owner.signal, ...(init?.signal ? [init.signal] : [])];
    const label = `fetch of ${input instanceof Request ? input.url : input}`;
    fetches.add(label);
    try {
      return await (options.fetch ?? fetch)(input, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      fetches.delete(label);
    }
  };

  const env: FakeEnv = {
    handler,
    instances,
    clock,
    kept,
    log,
    logged: log.entries,
    metrics,
    measured,
    used,
    signal: owner.signal,
    fetch: boundFetch,
    timers: {
      after(milliseconds, run) {
        used.add('timers');
        return timers.after(milliseconds, run);
      },
      every(milliseconds, run) {
        used.add('timers');
        return timers.every(milliseconds, run);
      },
    },
    random: options.random ?? fixedSequence(),
    get changes() {
      return changes;
    },
    keep(key, make, close) {
      used.add('keep');
      return kept.lease(holder, handler, key, make, close);
    },
    changed() {
      used.add('changed');
      changes++;
    },
    reloaded: more => fakeEnv({ ...options, ...more, clock, keep: kept }) as never,
    open: () => [...timers.open(), ...fetches, ...kept.open()],
    async close() {
      const open = env.open();
      owner.abort();
      timers.close();
      await kept.release(holder);
      return open;
    },
    async [Symbol.asyncDispose]() {
      await env.close();
    },
  };
  return services === undefined
    ? (env as FakeEnv & S)
    : (Object.defineProperties(env, Object.getOwnPropertyDescriptors(services)) as FakeEnv & S);
}

/** The minimal standard generator of Park and Miller, always from the same seed. */
function fixedSequence(): () => number {
  let state = 1;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}
