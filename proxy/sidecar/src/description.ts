import type { Address, Service, ServiceRegistry, Workload } from '@krater/config';
import type { Bag, Value } from '@krater/mixer';
import type { Slots } from './attributes.ts';

/** Attributes that are the same for many requests, ready to be copied into a bag. */
export type Description = readonly (readonly [slot: number, value: Value])[];

export function describe(bag: Bag, description: Description): void {
  for (let index = 0; index < description.length; index++) {
    const entry = description[index] as Description[number];
    bag.values[entry[0]] = entry[1];
  }
}

export function workloadUid(workload: Workload): string {
  return `krater://${workload.name}.${workload.namespace}`;
}

function owningUid(workload: Workload): string {
  return `krater://${workload.namespace}/workloads/${workload.name}`;
}

/** `source.*` of a workload. */
export function sourceDescription(
  slots: Slots,
  workload: Workload,
  service: Service | undefined,
): Description {
  return present([
    [slots.sourceUid, workloadUid(workload)],
    [slots.sourceName, workload.name],
    [slots.sourceNamespace, workload.namespace],
    [slots.sourceLabels, workload.labels],
    [slots.sourceServiceAccount, workload.serviceAccount],
    [slots.sourceService, service?.host],
    [slots.sourceWorkloadUid, owningUid(workload)],
    [slots.sourceWorkloadName, workload.name],
    [slots.sourceWorkloadNamespace, workload.namespace],
  ]);
}

/** `destination.*` of a service, as far as no workload is chosen. */
export function serviceDescription(slots: Slots, service: Service): Description {
  return [
    [slots.destinationNamespace, service.namespace],
    [slots.destinationService, service.host],
    [slots.destinationServiceUid, `krater://${service.namespace}/services/${service.name}`],
    [slots.destinationServiceName, service.name],
    [slots.destinationServiceNamespace, service.namespace],
    [slots.destinationServiceHost, service.host],
  ];
}

/** `destination.*` of a workload at an address, its service included. */
export function destinationDescription(
  slots: Slots,
  service: Service,
  workload: Workload,
  address: Address | undefined,
): Description {
  return [
    ...serviceDescription(slots, service),
    ...present([
      [slots.destinationIp, address !== undefined && isIp(address.host) ? address.host : undefined],
      [slots.destinationPort, address?.port],
      [slots.destinationUid, workloadUid(workload)],
      [slots.destinationName, workload.name],
      [slots.destinationNamespace, workload.namespace],
      [slots.destinationLabels, workload.labels],
      [slots.destinationServiceAccount, workload.serviceAccount],
      [slots.destinationWorkloadUid, owningUid(workload)],
      [slots.destinationWorkloadName, workload.name],
      [slots.destinationWorkloadNamespace, workload.namespace],
    ]),
  ];
}

function isIp(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}

function present(entries: readonly (readonly [number, Value | undefined])[]): Description {
  return entries.filter((entry): entry is readonly [number, Value] => entry[1] !== undefined);
}

/** Makes each workload's description once per state of the registry. */
export function rememberDescriptions(
  registry: ServiceRegistry,
  make: (workload: Workload) => Description,
): (workload: Workload) => Description {
  let version = -1;
  let known = new Map<Workload, Description>();
  return workload => {
    if (version !== registry.version) {
      version = registry.version;
      known = new Map();
    }
    let description = known.get(workload);
    if (description === undefined) {
      description = make(workload);
      known.set(workload, description);
    }
    return description;
  };
}
