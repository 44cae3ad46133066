import { type StringMap, stringMap, type Unreachable } from '@krater/mixer';
import { type Address, hostKey, parseAddress } from './address.ts';
import type { ServiceSpec, WorkloadSpec } from './service-schema.ts';

/** A declared service: what callers address. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  /** Its full name, `NAME.NAMESPACE.svc.cluster.local`. */
  readonly host: string;
  /** Every name it is called by, lower case. */
  readonly hosts: readonly string[];
  readonly protocol: 'http';
  readonly workloads: readonly Workload[];
  /** Share of traces starting here that are recorded, 0 to 1; undefined leaves it to the sidecar. */
  readonly sampling: number | undefined;
  /** What happens to requests to it while no Mixer can be asked; undefined leaves it to the sidecar. */
  readonly unreachable: Unreachable | undefined;
  /** Path of a page for people. */
  readonly open: string | undefined;
  /** Requests that `krater up` sends by itself. */
  readonly traffic: ServiceSpec['traffic'];
}

/** One instance of a service, behind its own sidecar. Names are unique over all services. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  /** The name of the service it belongs to. */
  readonly service: string;
  readonly labels: StringMap;
  readonly serviceAccount: string | undefined;
  /** Where the application listens, if declared with a port; see `ServiceRegistry.application` for the one in use. */
  readonly address: Address | undefined;
  readonly run: WorkloadSpec['run'];
  /** Ports of its sidecar; 0 lets the system choose. */
  readonly sidecar: { readonly inbound: number; readonly outbound: number };
}

/** The names a service answers to where its document gives none. */
export function defaultHosts(name: string, namespace: string): readonly string[] {
  return [name, `${name}.${namespace}`, `${name}.${namespace}.svc.cluster.local`];
}

/** A service from its parsed document. */
export function buildService(name: string, namespace: string, spec: ServiceSpec): Service {
  return {
    name,
    namespace,
    host: `${name}.${namespace}.svc.cluster.local`,
    hosts: (spec.hosts ?? defaultHosts(name, namespace)).map(hostKey),
    protocol: spec.protocol,
    sampling: spec.sampling,
    unreachable: spec.unreachable,
    open: spec.open,
    traffic: spec.traffic,
    workloads: spec.workloads.map(workload => buildWorkload(workload, name, namespace)),
  };
}

function buildWorkload(spec: WorkloadSpec, service: string, namespace: string): Workload {
  const address = spec.address === undefined ? undefined : parseAddress(spec.address);
  return {
    name: spec.name,
    namespace,
    service,
    labels: stringMap(spec.labels),
    serviceAccount: spec.serviceAccount,
    address: address?.port === 0 ? undefined : address,
    run: spec.run,
    sidecar: spec.sidecar,
  };
}
