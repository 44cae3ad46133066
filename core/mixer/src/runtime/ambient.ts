import { setTimeout } from 'node:timers';
import type { Clock, Log } from '../env.ts';

/**
 * The one place of the engine that touches the ambient world. Everything else is handed what it needs from here, so
 * tests and embedders can replace it.
 */
export interface Ambient {
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: typeof fetch;
  readonly random: () => number;
  /** Calls once after a delay in milliseconds; the returned function calls it off. Keeps the process alive if it is `awaited`. */
  readonly after: (milliseconds: number, run: () => void, awaited?: 'awaited') => () => void;
}

const started = performance.timeOrigin;

/** Wall time that never goes backwards: the monotonic clock, anchored at the process's start. */
export const systemClock: Clock = { now: () => started + performance.now() };

/** One JSON object a line on standard error; debug messages are left out. */
export const standardLog: Log = {
  debug() {},
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
};

/**
 * Drops every message: for embedders and tests that want no output.
 *
 * @example const mixer = await createMixer({ config, adapters, log: silentLog });
 */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

function write(level: string, message: string, fields: Readonly<Record<string, unknown>> | undefined): void {
  process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), message, ...fields })}\n`);
}

export const systemAmbient: Ambient = {
  clock: systemClock,
  log: standardLog,
  fetch: globalThis.fetch,
  random: Math.random,
  after(milliseconds, run, awaited) {
    const timer = setTimeout(run, milliseconds);
    if (awaited === undefined) timer.unref();
    return () => clearTimeout(timer);
  },
};
