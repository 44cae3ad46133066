import { formatAddress, type ServiceRegistry } from '@krater/config';
import { startTraffic, type Traffic, type TrafficPlan } from './traffic.ts';

/** Keeps the traffic that services declare running, and follows them when they change. */
export class TrafficControl {
  readonly #registry: ServiceRegistry;
  readonly #running = new Map<string, { readonly plan: string; readonly traffic: Traffic }>();

  constructor(registry: ServiceRegistry) {
    this.#registry = registry;
  }

  /** Starts, stops and restarts what changed. */
  async follow(): Promise<void> {
    const plans = new Map(
      this.#registry.services.flatMap(service => {
        const plan = planOf(this.#registry, service);
        return plan === undefined ? [] : [[service.name, plan] as const];
      }),
    );
    for (const [name, { plan, traffic }] of this.#running) {
      if (JSON.stringify(plans.get(name)) === plan) continue;
      this.#running.delete(name);
      await traffic.stop();
    }
    for (const [name, plan] of plans) {
      if (!this.#running.has(name))
        this.#running.set(name, { plan: JSON.stringify(plan), traffic: startTraffic(plan) });
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ traffic }) => traffic.stop()));
    this.#running.clear();
  }
}

function planOf(
  registry: ServiceRegistry,
  service: ServiceRegistry['services'][number],
): TrafficPlan | undefined {
  const [endpoint] = registry.endpoints(service);
  if (service.traffic === undefined || endpoint === undefined) return undefined;
  const { path, rate, users } = service.traffic;
  return { url: `http://${formatAddress(endpoint.address)}${path}`, rate, users };
}
