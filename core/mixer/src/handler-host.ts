import type { BaseEnv } from './env.ts';
import type { IsolationSettings } from './isolation-settings.ts';
import type { Ambient } from './runtime/ambient.ts';
import type { HandlerPlan } from './runtime/handler.ts';
import type { MaybePromise } from './value.ts';

export type { Ambient, HandlerPlan };

/** Where a handler runs: in this thread, in a thread or a process of its own, or on another machine. */
export type IsolationMode = IsolationSettings['mode'];

/** The file that an adapter or a service was imported from, so that it can be imported again elsewhere. */
export interface AdapterModule {
  /** The main file as a file URL. */
  readonly url: string;
  /** The folder of its package as a file URL ending in a slash: its files get the host's own `@krater/*` and `zod`. */
  readonly root: string;
  /** How often its files were found changed since this process first imported it. */
  readonly revision: number;
}

/**
 * How a handler is: `ready`; `degraded` while it answers but something went wrong just now; `broken` while it is not
 * asked because it failed too often; `restarting` while what it runs in is started anew.
 */
export type HandlerState = 'ready' | 'degraded' | 'broken' | 'restarting';

/** What is visible of a handler and of what it runs in. */
export interface HandlerHealth {
  readonly mode: IsolationMode;
  readonly state: HandlerState;
  /** What went wrong last, while it is not ready. */
  readonly reason?: string;
  /** How often what it runs in was started anew. */
  readonly restarts: number;
  /** Calls that are in it, and calls that wait for their turn. */
  readonly running: number;
  readonly queued: number;
  /** Calls that were not let in: because its queue was full, because it is broken, because it is restarting. */
  readonly refused: { readonly full: number; readonly broken: number; readonly restarting: number };
}

/** What a host answers for a handler. */
export interface HostedHandler {
  /** What the adapter's `create` would have returned: a function per template, `close`, `explain`. */
  readonly handlers: unknown;
  health(): HandlerHealth;
}

/** What a host is given beside the plan. */
export interface HostWorld {
  /** The handler's own; it ends with the handler. */
  readonly env: BaseEnv;
  /** The process's: for what `env.keep` keeps longer than one handler. */
  readonly ambient: Ambient;
  /** Creates the handler here, in this thread. */
  create(): MaybePromise<unknown>;
}

/**
 * Creates handlers where the operator wants them to run. The engine calls what it returns like any other handler and
 * knows nothing of threads and processes; @krater/isolation is the one that comes with Krater.
 *
 * @example
 * const here: HandlerHost = { create: async (plan, world) => ({ handlers: await world.create(), health }) };
 */
export interface HandlerHost {
  /** A throw refuses the configuration, like one of the adapter's own `create`. */
  create(plan: HandlerPlan, world: HostWorld): Promise<HostedHandler>;
}
