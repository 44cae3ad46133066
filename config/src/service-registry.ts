import { type Address, hostKey } from './address.ts';
import type { Service, Workload } from './service.ts';

/** A workload that can be called: the address is that of its sidecar's inbound side. */
export interface Endpoint {
  readonly workload: Workload;
  readonly address: Address;
}

/**
 * The services of the current configuration, and where their workloads are found right now.
 *
 * What is declared is replaced as a whole ({@link ServiceRegistry.replace}); what is learned at run time (the ports that
 * applications and sidecars got) is told per workload and survives a replacement as long as the workload does.
 */
export interface ServiceRegistry {
  readonly services: readonly Service[];
  /** Another number after every change, for those who remember what they looked up. */
  readonly version: number;
  /** By any of its hosts; letter case and a port do not matter. */
  serviceByHost(authority: string): Service | undefined;
  workload(name: string): Workload | undefined;
  /** The service that a workload belongs to. */
  serviceOf(workload: string): Service | undefined;
  /** The workloads of a service whose sidecars are known, in declared order. The same array until something changes. */
  endpoints(service: Service): readonly Endpoint[];
  /** Where a workload's application listens: as told, or as declared. */
  application(workload: string): Address | undefined;
  /** Tells where a workload's inbound sidecar listens; undefined takes it out of service. */
  setEndpoint(workload: string, address: Address | undefined): void;
  /** Tells where a workload's application listens, where its document leaves that open. */
  setApplication(workload: string, address: Address | undefined): void;
  /** Swaps in new services, all at once. */
  replace(services: readonly Service[]): void;
  /** Calls back after every change, synchronously. */
  onChange(listener: () => void): Disposable;
}

/** @example const registry = createServiceRegistry(); createMixer({ kinds: [serviceKind(registry)], … }) */
export function createServiceRegistry(): ServiceRegistry {
  let services: readonly Service[] = [];
  let version = 0;
  let serviceByHost = new Map<string, Service>();
  let workloadByName = new Map<string, Workload>();
  let serviceByWorkload = new Map<string, Service>();
  let endpointsByService = new Map<Service, readonly Endpoint[]>();
  const sidecarByWorkload = new Map<string, Address>();
  const applicationByWorkload = new Map<string, Address>();
  const listeners = new Set<() => void>();

  const changed = () => {
    endpointsByService = new Map();
    version++;
    for (const listener of [...listeners]) listener();
  };
  const tell = (map: Map<string, Address>, workload: string, address: Address | undefined) => {
    if (address === undefined) map.delete(workload);
    else map.set(workload, address);
    changed();
  };

  return {
    get services() {
      return services;
    },
    get version() {
      return version;
    },
    serviceByHost: authority => serviceByHost.get(authority) ?? serviceByHost.get(hostKey(authority)),
    workload: name => workloadByName.get(name),
    serviceOf: workload => serviceByWorkload.get(workload),
    application: workload => applicationByWorkload.get(workload) ?? workloadByName.get(workload)?.address,
    setEndpoint: (workload, address) => tell(sidecarByWorkload, workload, address),
    setApplication: (workload, address) => tell(applicationByWorkload, workload, address),

    endpoints(service) {
      const known = endpointsByService.get(service);
      if (known !== undefined) return known;
      const endpoints = service.workloads.flatMap(workload => {
        const address = sidecarByWorkload.get(workload.name);
        return address === undefined ? [] : [{ workload, address }];
      });
      endpointsByService.set(service, endpoints);
      return endpoints;
    },

    replace(next) {
      services = [...next];
      serviceByHost = new Map(next.flatMap(service => service.hosts.map(host => [host, service] as const)));
      const owned = next.flatMap(service => service.workloads.map(workload => [workload, service] as const));
      workloadByName = new Map(owned.map(([workload]) => [workload.name, workload]));
      serviceByWorkload = new Map(owned.map(([workload, service]) => [workload.name, service]));
      for (const map of [sidecarByWorkload, applicationByWorkload]) {
        for (const name of map.keys()) if (!workloadByName.has(name)) map.delete(name);
      }
      changed();
    },

    onChange(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
