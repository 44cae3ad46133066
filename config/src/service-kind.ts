import type { ForeignDocument, ForeignKind } from '@krater/mixer';
import { hostKey } from './address.ts';
import { buildService, defaultHosts } from './service.ts';
import type { ServiceRegistry } from './service-registry.ts';
import { type ServiceSpec, serviceSpec } from './service-schema.ts';

type Report = Parameters<NonNullable<ForeignKind['check']>>[1];

/**
 * The kind `Service`, for `createMixer({ kinds })`: services are checked, and swapped into the registry, together with
 * the rules they come with.
 *
 * Names of services are unique per namespace; hosts, workloads, and fixed ports are unique over all services.
 */
export function serviceKind(registry: ServiceRegistry): ForeignKind {
  return {
    kind: 'Service',
    defaultNamespace: 'default',
    schema: serviceSpec,
    check: checkServices,
    apply: documents =>
      registry.replace(
        documents.map(({ name, namespace, spec }) => buildService(name, namespace, spec as ServiceSpec)),
      ),
  };
}

function checkServices(documents: readonly ForeignDocument[], problem: Report): void {
  const hosts = uniqueness('host', problem);
  const workloads = uniqueness('workload', problem);
  const ports = uniqueness('port', problem);

  for (const [index, { name, namespace, spec: parsed }] of documents.entries()) {
    const spec = parsed as ServiceSpec;
    for (const [position, host] of (spec.hosts ?? defaultHosts(name, namespace)).entries()) {
      const path = spec.hosts === undefined ? [index, 'hosts'] : [index, 'hosts', position];
      hosts(hostKey(host), `service "${name}"`, path);
    }
    for (const [position, workload] of spec.workloads.entries()) {
      const path = [index, 'workloads', position];
      const owner = `workload "${workload.name}"`;
      workloads(workload.name, `service "${name}"`, [...path, 'name']);
      for (const side of ['inbound', 'outbound'] as const) {
        const port = workload.sidecar[side];
        if (port !== 0) ports(String(port), `the ${side} side of ${owner}`, [...path, 'sidecar', side]);
      }
      const port =
        workload.address === undefined
          ? 0
          : Number(workload.address.slice(workload.address.lastIndexOf(':') + 1));
      if (port !== 0 && isLocal(workload.address as string))
        ports(String(port), `the application of ${owner}`, [...path, 'address']);
      if (port === 0 && workload.run === undefined) {
        problem(
          workload.address === undefined ? path : [...path, 'address'],
          `${owner} says neither where its application listens nor how to start it`,
          'add address: HOST:PORT, or run: { command: [...] }',
        );
      }
    }
  }
}

/** Only addresses of this machine compete for its ports. */
function isLocal(address: string): boolean {
  return /^(127\.|\[::1\]|localhost:|0\.0\.0\.0:|\[::\])/.test(address);
}

function uniqueness(what: string, problem: Report) {
  const ownerByKey = new Map<string, string>();
  return (key: string, owner: string, path: readonly (string | number)[]): void => {
    const other = ownerByKey.get(key);
    if (other === undefined) ownerByKey.set(key, owner);
    else
      problem(
        path,
        `${what} "${key}" of ${owner} is already that of ${other}`,
        `give one of them another ${what}`,
      );
  };
}
