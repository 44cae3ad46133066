import type { AnyAdapter } from '../adapter.ts';
import type { InstanceShape, Log } from '../env.ts';
import { AdapterGauges, type AdapterSeries } from '../runtime/adapter-gauges.ts';
import { type Ambient, systemAmbient } from '../runtime/ambient.ts';
import { Breather } from '../runtime/breather.ts';
import { Epochs } from '../runtime/epochs.ts';
import type { HandleFunction, HandlerPlan } from '../runtime/handler.ts';
import { createHandler } from '../runtime/handler-table.ts';
import { KeptStore } from '../runtime/kept-store.ts';
import type { ServiceDirectory } from '../runtime/service-directory.ts';
import { Statistics } from '../runtime/statistics.ts';
import type { Service } from '../token.ts';

export interface RuntimeOptions {
  readonly log: Log;
  /** Told, by the handler's name, when one says that its answers have changed. */
  readonly changed: (handler: string) => void;
}

/** A handler without an engine around it. */
export interface LoneHandler {
  readonly handles: ReadonlyMap<string, HandleFunction>;
  readonly explains: ReadonlyMap<string, HandleFunction>;
  close(): Promise<void>;
}

/** What handlers need around them where there is no engine: in a thread, a process or a machine of their own. */
export interface HandlerRuntime {
  /**
   * Creates a handler from a decoded configuration; what it keeps passes to a later one of the same name. `chosen` are
   * services in the place of those that packages offer, by the names under which the adapter needs them.
   */
  create(
    handler: string,
    adapter: AnyAdapter,
    config: unknown,
    instances: readonly InstanceShape[],
    chosen: ReadonlyMap<string, Service>,
  ): Promise<LoneHandler>;
  /** What the handlers tell about themselves by `env.metrics`. */
  series(): Iterable<AdapterSeries>;
  /** Closes the services, after the handlers have been closed. */
  close(): Promise<void>;
}

/**
 * A world for handlers that run apart from the engine. The clock, timers and chance are those of the system.
 *
 * @example
 * const runtime = createHandlerRuntime({ log, changed: name => tell(name) });
 * const handler = await runtime.create('istio-system/blocked', denylist, config, [], new Map());
 */
export function createHandlerRuntime({ log, changed }: RuntimeOptions): HandlerRuntime {
  const ambient = { ...systemAmbient, log };
  const gauges = new AdapterGauges();
  let directory: Promise<ServiceDirectory> | undefined;
  const find = async (adapter: AnyAdapter, chosen: HandlerPlan['services']) => {
    if (Object.keys(adapter.needs).length === 0) return {};
    directory ??= openDirectory(ambient, gauges);
    const services = await directory;
    services.offer(adapter.services);
    return services.find(adapter.needs, chosen);
  };
  const context = {
    ambient,
    gauges,
    kept: new KeptStore(),
    statistics: new Statistics(),
    epochs: new Epochs(),
    breather: new Breather(ambient.clock),
    changed,
  };
  return {
    create(id, adapter, config, instances, chosen) {
      const plan = { id, adapter, config, instances, deadline: Infinity, signature: '' };
      const unused = { origin: '', module: undefined, params: undefined, file: '' };
      const services = new Map([...chosen].map(([need, service]) => [need, { service, ...unused }]));
      const here = { isolation: undefined, standardIsolation: 'inline' as const };
      return createHandler(
        { ...plan, services, ...unused, ...here },
        { ...context, services: () => find(adapter, services) },
      );
    },
    series: () => gauges.all(),
    close: async () => (await directory)?.close(),
  };
}

/** The container is slow to import, and few adapters need services. */
async function openDirectory(ambient: Ambient, gauges: AdapterGauges): Promise<ServiceDirectory> {
  const { Container } = await import('inversify');
  const { ServiceDirectory } = await import('../runtime/service-directory.ts');
  const container = new Container({ defaultScope: 'Singleton', jitless: true });
  return new ServiceDirectory(container, [], ambient, gauges);
}
