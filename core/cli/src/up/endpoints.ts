import type { Address, ServiceRegistry } from '@krater/config';

/** Where everything of a mesh is found: what `krater up --processes` tells each of its proxies. */
export interface Endpoints {
  /** The inbound sides of sidecars, by workload. */
  readonly sidecars: { readonly [workload: string]: Address };
  /** The applications behind them. */
  readonly applications: { readonly [workload: string]: Address };
}

/** What a registry has learned, as it travels. */
export function endpointsOf(registry: ServiceRegistry): Endpoints {
  const sidecars: Record<string, Address> = {};
  const applications: Record<string, Address> = {};
  for (const service of registry.services) {
    for (const { workload, address } of registry.endpoints(service)) sidecars[workload.name] = address;
    for (const { name } of service.workloads) {
      const address = registry.application(name);
      if (address !== undefined) applications[name] = address;
    }
  }
  return { sidecars, applications };
}

/** Takes over what another process has learned; a proxy knows by itself where its own sidecar is. */
export function applyEndpoints(
  registry: ServiceRegistry,
  { sidecars, applications }: Endpoints,
  own: string,
): void {
  for (const { workloads } of registry.services) {
    for (const { name } of workloads) {
      if (name !== own) registry.setEndpoint(name, sidecars[name]);
      registry.setApplication(name, applications[name]);
    }
  }
}

/** Where a proxy on its own finds the others: at the ports that their workloads declare. */
export function declaredEndpoints(registry: ServiceRegistry): Endpoints {
  const sidecars: Record<string, Address> = {};
  const applications: Record<string, Address> = {};
  for (const { name, address, sidecar } of registry.services.flatMap(({ workloads }) => workloads)) {
    if (sidecar.inbound > 0) sidecars[name] = { host: address?.host ?? '127.0.0.1', port: sidecar.inbound };
    if (address !== undefined) applications[name] = address;
  }
  return { sidecars, applications };
}
