export { inboundListener, outboundListener } from './attributes.ts';
export { codes } from './codes.ts';
export type { ListenerLimits } from './listener.ts';
export { createSidecar, type Sidecar, type SidecarOptions } from './sidecar.ts';
export type { Statistics } from './statistics.ts';
export type { UpstreamLimits } from './upstream/upstreams.ts';
