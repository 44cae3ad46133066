import { KraterError, type Listener, type Vocabulary } from '@krater/mixer';
import type { codes } from './codes.ts';

/** Known when a request is checked. */
const atCheck = {
  originIp: 'origin.ip',
  sourceIp: 'source.ip',
  sourcePort: 'source.port',
  requestHeaders: 'request.headers',
  requestId: 'request.id',
  requestPath: 'request.path',
  requestUrlPath: 'request.url_path',
  requestQueryParams: 'request.query_params',
  requestHost: 'request.host',
  requestMethod: 'request.method',
  requestScheme: 'request.scheme',
  requestReferer: 'request.referer',
  requestUseragent: 'request.useragent',
  requestTime: 'request.time',
  connectionId: 'connection.id',
  connectionMtls: 'connection.mtls',
  contextProtocol: 'context.protocol',
  contextTime: 'context.time',
  contextReporterKind: 'context.reporter.kind',
  contextReporterUid: 'context.reporter.uid',
  contextProxyVersion: 'context.proxy_version',
  traceId: 'trace.id',
  traceSpanId: 'trace.span_id',
  traceParentSpanId: 'trace.parent_span_id',
  traceSampled: 'trace.sampled',
} as const;

/** Who calls: inbound from the verified peer, outbound the sidecar's own workload. */
const ofSource = {
  sourceUid: 'source.uid',
  sourceName: 'source.name',
  sourceNamespace: 'source.namespace',
  sourceLabels: 'source.labels',
  sourceServiceAccount: 'source.serviceAccount',
  sourceService: 'source.service',
  sourceWorkloadUid: 'source.workload.uid',
  sourceWorkloadName: 'source.workload.name',
  sourceWorkloadNamespace: 'source.workload.namespace',
} as const;

/** Who is called: inbound the sidecar's own workload, outbound the one that was chosen. */
const ofDestination = {
  destinationIp: 'destination.ip',
  destinationPort: 'destination.port',
  destinationUid: 'destination.uid',
  destinationName: 'destination.name',
  destinationNamespace: 'destination.namespace',
  destinationLabels: 'destination.labels',
  destinationServiceAccount: 'destination.serviceAccount',
  destinationService: 'destination.service',
  destinationServiceUid: 'destination.service.uid',
  destinationServiceName: 'destination.service.name',
  destinationServiceNamespace: 'destination.service.namespace',
  destinationServiceHost: 'destination.service.host',
  destinationWorkloadUid: 'destination.workload.uid',
  destinationWorkloadName: 'destination.workload.name',
  destinationWorkloadNamespace: 'destination.workload.namespace',
} as const;

/** Known when the response has ended. */
const atReport = {
  requestSize: 'request.size',
  requestTotalSize: 'request.total_size',
  responseCode: 'response.code',
  responseDuration: 'response.duration',
  responseHeaders: 'response.headers',
  responseSize: 'response.size',
  responseTotalSize: 'response.total_size',
  responseTime: 'response.time',
  contextProxyErrorCode: 'context.proxy_error_code',
} as const;

/** Of the check that went before; inbound only. */
const ofCheck = {
  checkErrorCode: 'check.error_code',
  checkErrorMessage: 'check.error_message',
  checkCacheHit: 'check.cache_hit',
} as const;

/** Of a WebSocket: bytes in both directions after the handshake. */
const ofTunnel = {
  connectionDuration: 'connection.duration',
  connectionReceivedBytes: 'connection.received.bytes',
  connectionReceivedBytesTotal: 'connection.received.bytes_total',
  connectionSentBytes: 'connection.sent.bytes',
  connectionSentBytesTotal: 'connection.sent.bytes_total',
} as const;

const all = { ...atCheck, ...ofSource, ...ofDestination, ...atReport, ...ofCheck, ...ofTunnel };

/** The slots of everything that sidecars supply. */
export type Slots = { readonly [name in keyof typeof all]: number };

/** Resolved once: the standard attributes have the same slots in every configuration. */
export function resolveSlots(vocabulary: Vocabulary): Slots {
  const slots: Record<string, number> = {};
  for (const [key, name] of Object.entries(all)) {
    const slot = vocabulary.slotOf(name);
    if (slot === undefined) {
      throw new KraterError(
        'PROXY_UNKNOWN_ATTRIBUTE' satisfies keyof typeof codes,
        `the vocabulary has no attribute "${name}", which sidecars supply`,
      );
    }
    slots[key] = slot;
  }
  return slots as Slots;
}

/** What a sidecar tells of requests to its workload. `source.*` of the workload is there only where the caller is proven. */
export const inboundListener: Listener = { name: 'sidecar-inbound', supplies: Object.values(all) };

/** What a sidecar tells of requests by its workload: reports only. */
export const outboundListener: Listener = {
  name: 'sidecar-outbound',
  supplies: Object.values({ ...atCheck, ...ofSource, ...ofDestination, ...atReport, ...ofTunnel }),
};
