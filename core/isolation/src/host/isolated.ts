import type {
  CallContext,
  HandlerHealth,
  HandlerPlan,
  HostedHandler,
  HostWorld,
  IsolationSettings,
} from '@krater/mixer';
import { isolationError } from '../error.ts';
import type { Launcher } from '../launch/launcher.ts';
import { Guard } from './guard.ts';
import { Isolate, type Tenant } from './isolate.ts';
import { secretsOf } from './passed-secrets.ts';

/** Numbers of handlers, never used twice: a late answer meets nobody else's handler. */
let lastHandler = 0;

/** Worse first: what a handler is, of what its calls and its isolate are. */
const severity = ['broken', 'restarting', 'degraded', 'ready'] as const;

/**
 * A handler in an isolate of its own. The isolate is kept by the handler's name, so that a later configuration of it
 * finds what the handler keeps; another version of the adapter or of its services, or other settings, get a fresh one.
 */
export async function createIsolated(
  plan: HandlerPlan,
  settings: Exclude<IsolationSettings, { mode: 'inline' }>,
  launcher: Launcher,
  { env, ambient }: HostWorld,
): Promise<HostedHandler> {
  const { id, origin, module } = plan;
  const services = [...plan.services].flatMap(([need, chosen]) =>
    chosen.module === undefined ? [] : [{ need, module: chosen.module, origin: chosen.origin }],
  );
  const isolate = env.keep(
    `isolate ${JSON.stringify([origin, module, settings, services])}`,
    () =>
      new Isolate({
        name: id,
        adapter: plan.adapter.name,
        launcher,
        ambient,
        timeout: settings.timeout,
        mostAbandoned: 2 * settings.concurrency,
      }),
    it => it.close(),
  );
  const handler = ++lastHandler;
  const tenant: Tenant = {
    create: {
      do: 'create',
      handler,
      name: id,
      params: plan.params,
      file: plan.file,
      secrets: secretsOf(plan),
      services: services.map(({ need, module }) => ({ need, module })),
      instances: plan.instances,
    },
    env,
  };
  const { explains } = await isolate.admit(tenant);
  const guard = new Guard(id, settings, ambient.random);
  return {
    handlers: handlersOf(plan, handler, explains, isolate, guard),
    health: () => healthOf(settings.mode, isolate, guard, ambient.clock.now()),
  };
}

function handlersOf(
  { adapter }: HandlerPlan,
  handler: number,
  explains: readonly string[],
  isolate: Isolate,
  guard: Guard,
): object {
  const ask =
    (what: 'handle' | 'explain', template: string) =>
    (...given: unknown[]) => {
      const context = given.at(-1) as CallContext;
      const args = given.slice(0, -1);
      if (!isolate.up) guard.refused.restarting++;
      // While it is down the circuit has no say: its own pauses see to that it is not asked too often.
      const perform = () =>
        isolate.request({ do: what, handler, template, args, left: leftOf(context) }, context.signal);
      return isolate.up ? guard.run(perform, context) : perform();
    };
  const names = (adapter.templates as readonly { name: string }[]).map(({ name }) => name);
  return {
    ...Object.fromEntries(names.map(name => [name, ask('handle', name)])),
    explain: Object.fromEntries(explains.map(name => [name, ask('explain', name)])),
    close: () => isolate.dismiss(handler),
  };
}

/** Each side has a clock of its own, so what is told is how much is left. */
function leftOf({ now, deadline }: CallContext): number {
  return deadline - now;
}

function healthOf(mode: HandlerHealth['mode'], isolate: Isolate, guard: Guard, now: number): HandlerHealth {
  const own = guard.state(now);
  const around = isolate.state();
  const state = severity.find(one => one === own || one === around) ?? 'ready';
  // What its calls came to is a symptom where what they ran in has ended.
  const reason = around === 'ready' ? guard.reason : isolate.reason;
  return {
    mode,
    state,
    ...(state !== 'ready' && reason !== undefined && { reason }),
    restarts: isolate.restarts,
    running: guard.running,
    queued: guard.queued,
    refused: { ...guard.refused },
  };
}

/** An adapter that cannot be imported again has nothing to run apart. */
export function notIsolable({ adapter }: HandlerPlan, mode: string): Error {
  return isolationError(
    'HANDLER_NOT_ISOLABLE',
    `adapter "${adapter.name}" was given by value, so it cannot run in isolation "${mode}"`,
    { hint: 'name an installed adapter, or write isolation: inline' },
  );
}
