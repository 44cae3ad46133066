import type { ServiceRegistry, Workload } from '@krater/config';
import { nearest } from '@krater/documents';
import { cliError } from '../error.ts';

/** The workload that a proxy is to stand before: of a service with several, one must be named. */
export function chosenWorkload(
  registry: ServiceRegistry,
  service: string,
  workload: string | undefined,
): Workload {
  const named = registry.services.filter(({ name, host }) => name === service || host === service);
  const workloads = named.flatMap(({ workloads }) => workloads);
  if (named.length === 0) {
    const names = registry.services.map(({ name }) => name);
    const near = nearest(service, names);
    throw cliError('CLI_UNKNOWN_SERVICE', `there is no service "${service}"`, {
      hint: near === undefined ? `declared are: ${names.join(', ') || 'none'}` : `did you mean "${near}"?`,
    });
  }
  const [only] = workloads;
  if (workload === undefined && only !== undefined && workloads.length === 1) return only;
  const found = workloads.find(({ name }) => name === workload);
  if (found !== undefined) return found;
  const message =
    workload === undefined
      ? `service "${service}" has ${workloads.length} workloads`
      : `service "${service}" has no workload "${workload}"`;
  throw cliError('CLI_UNKNOWN_SERVICE', message, {
    hint:
      only === undefined
        ? 'declare one in its "workloads"'
        : `name one with --workload: ${workloads.map(({ name }) => name).join(', ')}`,
  });
}
