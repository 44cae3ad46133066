import { KraterError } from '@krater/documents';
import type { AdapterMetrics, BaseEnv, InstanceShape, Log, ServiceEnv, Timers } from '../env.ts';
import type { AdapterGauges } from './adapter-gauges.ts';
import type { Ambient } from './ambient.ts';
import { FailureLog } from './failure-log.ts';
import type { KeptStore } from './kept-store.ts';
import { messageOf } from './thrown.ts';

/** A service's or handler's world, and the end of it. */
export interface Environment<E extends ServiceEnv> {
  readonly env: E;
  /** Stops timers, aborts fetches and drops metrics; says what had to be stopped. */
  end(): readonly string[];
}

/** The world of a service, or the part of a handler's that does not depend on the configuration. */
export function serviceEnvironment(
  owner: string,
  ambient: Ambient,
  gauges: AdapterGauges,
): Environment<ServiceEnv> {
  const ending = new AbortController();
  const running = new Set<() => void>();
  const log = ownedLog(owner, ambient.log);
  const timers = ownedTimers(owner, ambient, log, running, ending.signal);
  const metrics: AdapterMetrics = gauges.owner(owner);
  const env: ServiceEnv = {
    log,
    clock: ambient.clock,
    timers,
    metrics,
    signal: ending.signal,
    fetch: (input, init) =>
      ambient.fetch(input, {
        ...init,
        signal: init?.signal ? AbortSignal.any([init.signal, ending.signal]) : ending.signal,
      }),
    random: ambient.random,
  };
  return {
    env,
    end() {
      const open = running.size === 0 ? [] : [`${running.size} timer${running.size === 1 ? '' : 's'}`];
      for (const stop of running) stop();
      running.clear();
      ending.abort(new KraterError('HANDLER_CLOSED', `"${owner}" has been closed`));
      gauges.drop(owner, metrics);
      return open;
    },
  };
}

/** The world of one handler. */
export function handlerEnvironment(options: {
  readonly handler: string;
  readonly instances: readonly InstanceShape[];
  readonly ambient: Ambient;
  readonly gauges: AdapterGauges;
  readonly kept: KeptStore;
  readonly changed: () => void;
}): Environment<BaseEnv> & { release(): Promise<void> } {
  const { handler, instances, ambient, gauges, kept, changed } = options;
  const base = serviceEnvironment(handler, ambient, gauges);
  const lessee = {};
  const env: BaseEnv = {
    ...base.env,
    handler,
    instances,
    keep(key, make, close) {
      // Nobody would ever close it.
      if (base.env.signal.aborted) throw base.env.signal.reason;
      return kept.lease(handler, key, lessee, make, close);
    },
    changed,
  };
  return { env, end: base.end, release: () => kept.release(handler, lessee) };
}

function timerFailure(error: unknown): KraterError {
  return new KraterError('HANDLER_FAILED', messageOf(error), { cause: error });
}

function ownedLog(owner: string, log: Log): Log {
  const tagged =
    (level: keyof Log): Log['info'] =>
    (message, fields) =>
      log[level](message, { handler: owner, ...fields });
  return { debug: tagged('debug'), info: tagged('info'), warn: tagged('warn'), error: tagged('error') };
}

function ownedTimers(
  owner: string,
  ambient: Ambient,
  log: Log,
  running: Set<() => void>,
  ended: AbortSignal,
): Timers {
  const failures = new FailureLog(owner, 'a timer failed');
  const guarded = async (run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      if (!ended.aborted) failures.tell(timerFailure(error), { log, clock: ambient.clock });
    }
  };
  const start = (milliseconds: number, run: () => unknown, again: boolean): Disposable => {
    if (ended.aborted) return { [Symbol.dispose]() {} };
    let cancel = () => {};
    const stop = () => {
      cancel();
      running.delete(stop);
    };
    const arm = () => {
      cancel = ambient.after(milliseconds, async () => {
        if (!again) running.delete(stop);
        await guarded(run);
        if (again && running.has(stop)) arm();
      });
    };
    running.add(stop);
    arm();
    return { [Symbol.dispose]: stop };
  };
  return {
    after: (milliseconds, run) => start(milliseconds, run, false),
    every: (milliseconds, run) => start(milliseconds, run, true),
  };
}
