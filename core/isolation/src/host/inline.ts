import type {
  CallContext,
  HandlerHealth,
  HandlerPlan,
  HostedHandler,
  HostWorld,
  MaybePromise,
} from '@krater/mixer';
import { Guard, type GuardLimits } from './guard.ts';

type Handle = (...args: unknown[]) => MaybePromise<unknown>;

/** A handler in this thread: only a guard stands before it. */
export async function createInline(
  plan: HandlerPlan,
  limits: GuardLimits,
  { create, ambient }: HostWorld,
): Promise<HostedHandler> {
  const returned = await create();
  const guard = new Guard(plan.id, limits, ambient.random);
  const health = (): HandlerHealth => {
    const state = guard.state(ambient.clock.now());
    return {
      mode: 'inline',
      state,
      ...(state !== 'ready' && guard.reason !== undefined && { reason: guard.reason }),
      restarts: 0,
      running: guard.running,
      queued: guard.queued,
      refused: { ...guard.refused },
    };
  };
  return { handlers: guarded(returned, plan, guard), health };
}

/** The same object with a guard before each function; one that is no handler's is left for the engine to judge. */
function guarded(returned: unknown, { adapter }: HandlerPlan, guard: Guard): unknown {
  if (typeof returned !== 'object' || returned === null) return returned;
  const object = returned as Record<string, unknown>;
  const result: Record<string, unknown> = { ...object };
  // What a class inherits is no key of its own.
  if (object['close'] !== undefined) result['close'] = (object['close'] as Handle).bind(object);
  for (const { name } of adapter.templates as readonly { name: string }[]) {
    const handle = object[name];
    if (typeof handle !== 'function') continue;
    result[name] = (...args: unknown[]) =>
      guard.run(() => (handle as Handle).apply(object, args), args.at(-1) as CallContext);
  }
  return result;
}
