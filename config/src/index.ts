export { type Address, formatAddress, hostKey, parseAddress } from './address.ts';
export { buildService, type Service, type Workload } from './service.ts';
export { serviceKind } from './service-kind.ts';
export { createServiceRegistry, type Endpoint, type ServiceRegistry } from './service-registry.ts';
export { type ServiceSpec, serviceSpec, type WorkloadSpec } from './service-schema.ts';
export { parseUnreachable } from './unreachable.ts';
