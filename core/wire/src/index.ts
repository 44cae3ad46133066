export type {
  MixerClient,
  MixerClientMetrics,
  MixerClientOptions,
  MixerClientStatus,
  ReportOptions,
} from './client/client-options.ts';
export { createMixerClient } from './client/mixer-client.ts';
export { unreachableStatus } from './client/unreachable.ts';
export { decodeCheckReply } from './codec/check-reply.ts';
export { encodeCheckRequest } from './codec/check-request.ts';
export { ReportBatch } from './codec/report-batch.ts';
export type * from './messages.ts';
export type { AddressStatus, MixerPool, PoolListener } from './pool.ts';
export { isNamed, parseSubjectAltName } from './server/caller.ts';
export { Certificates, type MixerServerTls } from './server/certificates.ts';
export type { MixerServerLimits } from './server/limits.ts';
export type { ListenAddress } from './server/listen.ts';
export {
  createMixerServer,
  type MixerServer,
  type MixerServerOptions,
  type MixerServerStatistics,
} from './server/mixer-server.ts';
export { parseMixerAddress } from './transport/mixer-address.ts';
export { openTransport } from './transport/open-transport.ts';
export {
  type CallFailure,
  type CallResult,
  type Transport,
  type TransportKind,
  type TransportLimits,
  type TransportOptions,
  type TransportTls,
  transports,
} from './transport.ts';
export { globalWords } from './words/global-words.ts';
