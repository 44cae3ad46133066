import { KraterError } from '@krater/documents';
import type { HandlerHost } from '../handler-host.ts';
import type { Needs } from '../token.ts';
import type { MaybePromise } from '../value.ts';
import type { AdapterGauges } from './adapter-gauges.ts';
import type { Ambient } from './ambient.ts';
import type { Breather } from './breather.ts';
import { handlerEnvironment } from './environment.ts';
import type { Epochs } from './epochs.ts';
import { FailureLog } from './failure-log.ts';
import { type Handler, type HandlerPlan, handlesOf } from './handler.ts';
import type { KeptStore } from './kept-store.ts';
import type { Statistics } from './statistics.ts';
import { messageOf } from './thrown.ts';

/** Finds, making on first need, the services that an adapter needs; what is chosen stands over what is offered. */
export type ServiceLocator = (
  needs: Needs,
  chosen: HandlerPlan['services'],
) => Promise<Record<string, unknown>>;

export interface HandlerTableContext {
  readonly ambient: Ambient;
  readonly kept: KeptStore;
  readonly gauges: AdapterGauges;
  readonly statistics: Statistics;
  readonly epochs: Epochs;
  readonly services: ServiceLocator;
  /** Lets requests have their turn while many are created. */
  readonly breather: Breather;
  /** Creates handlers that are not to run here; without one all of them do. */
  readonly host?: HandlerHost | undefined;
  /** Told when a handler says that its answers have changed. */
  readonly changed?: (handler: string) => void;
}

/** A handler that could not be created: refuses the whole configuration. */
export class HandlerRefusal extends Error {
  readonly plan: HandlerPlan;
  override readonly cause: unknown;
  constructor(plan: HandlerPlan, cause: unknown) {
    super(`handler "${plan.id}" could not be created: ${messageOf(cause)}`);
    this.plan = plan;
    this.cause = cause;
  }
}

/** The live handlers of one configuration, in order of creation. */
export interface HandlerTable {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly created: readonly string[];
  readonly carriedOver: readonly string[];
}

/**
 * Creates the handlers of a new configuration, carrying over every one whose plan has not changed. If one cannot be
 * created, those created before it are closed again, in reverse order, and all refusals are thrown together.
 */
export async function createHandlers(
  plans: readonly HandlerPlan[],
  previous: HandlerTable | undefined,
  context: HandlerTableContext,
): Promise<HandlerTable> {
  const handlers = new Map<string, Handler>();
  const fresh: Handler[] = [];
  const refusals: HandlerRefusal[] = [];
  const carriedOver: string[] = [];
  for (const plan of plans) {
    const old = previous?.handlers.get(plan.id);
    if (old !== undefined && old.plan.signature === plan.signature) {
      handlers.set(plan.id, old);
      carriedOver.push(plan.id);
      continue;
    }
    await context.breather.breathe();
    try {
      const handler = await createHandler(plan, context);
      handlers.set(plan.id, handler);
      fresh.push(handler);
    } catch (error) {
      refusals.push(new HandlerRefusal(plan, error));
    }
  }
  if (refusals.length > 0) {
    await closeHandlers(fresh, context.ambient);
    throw new AggregateError(refusals, refusals.map(refusal => refusal.message).join('; '));
  }
  return { handlers, created: fresh.map(handler => handler.plan.id), carriedOver };
}

/** How long a handler may take to close, in milliseconds. */
const closePatience = 5_000;

/** Closes handlers backwards; one that fails, or does not come to an end, is logged and stops nobody else's. */
export async function closeHandlers(handlers: readonly Handler[], ambient: Ambient): Promise<void> {
  for (const handler of [...handlers].reverse()) {
    try {
      await within(closePatience, handler.close(), ambient);
    } catch (error) {
      ambient.log.error('a handler failed to close', { handler: handler.plan.id, error: messageOf(error) });
    }
  }
}

/** How long `create` may take, in milliseconds: it may be slow, but reloads wait in line behind it. */
const createPatience = 30_000;

function within<T>(patience: number, work: MaybePromise<T>, ambient: Ambient): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(new Error(`it did not come to an end within ${patience / 1000} s`));
    const stop = ambient.after(patience, giveUp, 'awaited');
    Promise.resolve(work).then(resolve, reject).finally(stop);
  });
}

/** Creates one handler and its world. */
export async function createHandler(plan: HandlerPlan, context: HandlerTableContext): Promise<Handler> {
  const { ambient, kept, gauges, statistics, epochs } = context;
  const live: { handler?: Handler } = {};
  const environment = handlerEnvironment({
    handler: plan.id,
    instances: plan.instances,
    ambient,
    gauges,
    kept,
    changed: () => {
      if (live.handler !== undefined) {
        live.handler.epoch = epochs.next();
        epochs.changed();
      }
      context.changed?.(plan.id);
    },
  });
  const end = async () => {
    const open = environment.end();
    if (open.length > 0)
      ambient.log.debug('closing a handler stopped what it had left open', { handler: plan.id, open });
    await environment.release();
  };
  try {
    const create = async () => {
      const services = await context.services(plan.adapter.needs, plan.services);
      return plan.adapter.create(plan.config, { ...environment.env, ...services });
    };
    const hosted =
      context.host === undefined
        ? { handlers: await within(createPatience, unhosted(plan, create), ambient), health: undefined }
        : await within(
            createPatience,
            context.host.create(plan, { env: environment.env, ambient, create }),
            ambient,
          );
    const { handles, explains, close } = handlesOf(
      hosted.handlers,
      plan.adapter.templates,
      plan.adapter.name,
    );
    let closed = false;
    const failures = new FailureLog(plan.id);
    const handler: Handler = {
      plan,
      statistics: statistics.handler(plan.id),
      failures,
      deadline: plan.deadline,
      epoch: epochs.next(),
      handles,
      explains,
      health: hosted.health && (() => hosted.health()),
      get closed() {
        return closed;
      },
      async close() {
        closed = true;
        failures.end(ambient.log);
        try {
          await close();
        } finally {
          await end();
        }
      },
    };
    live.handler = handler;
    return handler;
  } catch (error) {
    await end();
    if (error instanceof KraterError) throw error;
    throw new KraterError('HANDLER_CREATE_FAILED', messageOf(error), {
      cause: error,
    });
  }
}

/** A configuration that asks for isolation must not run without. */
function unhosted(plan: HandlerPlan, create: () => Promise<unknown>): Promise<unknown> {
  const { mode = 'inline' } = plan.isolation ?? {};
  if (mode === 'inline') return create();
  throw new KraterError(
    'HANDLER_NO_HOST',
    `it asks for isolation "${mode}", which this Mixer does not offer`,
    {
      hint: 'give createMixer() a host: { isolation: createIsolation() }, or leave out "isolation"',
    },
  );
}
