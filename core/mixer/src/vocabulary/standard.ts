import type { ValueOf, ValueType } from '../value.ts';
import { type AttributeDeclaration, Vocabulary } from './vocabulary.ts';

type Traits = Pick<AttributeDeclaration, 'lowCardinality' | 'lowerCaseKeys' | 'sensitive'>;
type Row = readonly [name: string, type: ValueType, description: string, traits?: Traits];

/** Few distinct values: rules are found by equality on it. */
const few: Traits = { lowCardinality: true };
const secret: Traits = { sensitive: true };
const headers: Traits = {
  lowerCaseKeys: true,
  sensitive: [
    'authorization',
    'cookie',
    'proxy-authorization',
    'set-cookie',
    'x-api-key',
    'x-auth-token',
    'x-krater-peer',
  ],
};

/** Known when the request has arrived. */
const atCheck = [
  ['source.uid', 'STRING', 'identity of the calling workload instance: kubernetes://POD.NAMESPACE'],
  ['source.ip', 'IP_ADDRESS', 'address of the calling workload instance'],
  ['source.port', 'INT64', 'port of the calling side of the connection'],
  ['source.labels', 'STRING_MAP', 'labels of the calling workload, from the registry'],
  ['source.metadata', 'STRING_MAP', 'further data of the calling workload'],
  ['source.name', 'STRING', 'name of the calling workload instance'],
  ['source.namespace', 'STRING', 'namespace of the calling workload', few],
  ['source.owner', 'STRING', 'what controls the calling workload instance'],
  ['source.principal', 'STRING', 'authenticated identity of the caller'],
  ['source.user', 'STRING', 'the older name of source.principal'],
  ['source.serviceAccount', 'STRING', 'service account of the calling workload', few],
  ['source.services', 'STRING', 'services that the calling workload belongs to'],
  ['source.service', 'STRING', 'service of the calling workload (older configurations)', few],
  ['source.workload.uid', 'STRING', 'identity of the calling workload', few],
  ['source.workload.name', 'STRING', 'name of the calling workload', few],
  ['source.workload.namespace', 'STRING', 'namespace of the calling workload', few],
  ['destination.uid', 'STRING', 'identity of the called workload instance'],
  ['destination.ip', 'IP_ADDRESS', 'address of the called workload instance'],
  ['destination.port', 'INT64', 'port that was called'],
  ['destination.labels', 'STRING_MAP', 'labels of the called workload, from the registry'],
  ['destination.metadata', 'STRING_MAP', 'further data of the called workload'],
  ['destination.name', 'STRING', 'name of the called workload instance'],
  ['destination.namespace', 'STRING', 'namespace of the called workload; selects the rules that apply', few],
  ['destination.owner', 'STRING', 'what controls the called workload instance'],
  ['destination.principal', 'STRING', 'authenticated identity of the called side'],
  ['destination.user', 'STRING', 'the older name of destination.principal'],
  ['destination.serviceAccount', 'STRING', 'service account of the called workload', few],
  ['destination.container.name', 'STRING', 'container that was called', few],
  ['destination.container.image', 'STRING', 'image of the container that was called', few],
  ['destination.service', 'STRING', 'host of the called service (older configurations)', few],
  ['destination.service.uid', 'STRING', 'identity of the called service', few],
  ['destination.service.name', 'STRING', 'name of the called service', few],
  ['destination.service.namespace', 'STRING', 'namespace of the called service', few],
  ['destination.service.host', 'STRING', 'host of the called service', few],
  ['destination.workload.uid', 'STRING', 'identity of the called workload', few],
  ['destination.workload.name', 'STRING', 'name of the called workload', few],
  ['destination.workload.namespace', 'STRING', 'namespace of the called workload', few],
  ['destination.mesh.id', 'STRING', 'mesh of the called workload', few],
  ['origin.ip', 'IP_ADDRESS', 'address of the peer of the connection'],
  ['origin.uid', 'STRING', 'identity of the first caller'],
  ['origin.user', 'STRING', 'user of the first caller'],
  ['request.headers', 'STRING_MAP', 'request headers by lower-case name', headers],
  ['request.host', 'STRING', 'host that was asked for', few],
  ['request.method', 'STRING', 'HTTP method', few],
  ['request.path', 'STRING', 'path with query, as the caller sent it; rules on paths read request.url_path'],
  [
    'request.url_path',
    'STRING',
    'path without query in its normal form: /a/../x, //x, /./x and /%78 are all /x, so no spelling gets past a rule',
  ],
  ['request.query_params', 'STRING_MAP', 'query parameters; absent where there are none'],
  ['request.referer', 'STRING', 'the referer header'],
  ['request.scheme', 'STRING', 'http or https', few],
  ['request.useragent', 'STRING', 'the user-agent header'],
  ['request.id', 'STRING', 'x-request-id, made where the caller sent none'],
  ['request.reason', 'STRING', 'why the request is made (older configurations)'],
  ['request.time', 'TIMESTAMP', 'when the request arrived'],
  ['request.api_key', 'STRING', 'API key of the caller', secret],
  ['request.auth.principal', 'STRING', 'issuer and subject of the verified token'],
  ['request.auth.audiences', 'STRING', 'audience of the verified token'],
  ['request.auth.presenter', 'STRING', 'authorized presenter of the verified token'],
  ['request.auth.claims', 'STRING_MAP', 'claims of the verified token'],
  ['request.auth.raw_claims', 'STRING', 'the verified token as JSON', secret],
  ['connection.id', 'STRING', 'the connection'],
  ['connection.event', 'STRING', 'open, continue or close', few],
  ['connection.mtls', 'BOOL', 'whether the caller was authenticated by mutual TLS'],
  ['connection.requested_server_name', 'STRING', 'server name asked for in the TLS handshake', few],
  ['context.protocol', 'STRING', 'http, grpc or tcp', few],
  ['context.time', 'TIMESTAMP', 'when the connection event happened'],
  ['context.timestamp', 'TIMESTAMP', 'the older name of context.time'],
  [
    'context.reporter.kind',
    'STRING',
    'which side this is: inbound at the destination, outbound at the source',
    few,
  ],
  ['context.reporter.uid', 'STRING', 'identity of the workload whose proxy this is'],
  ['context.reporter.local', 'BOOL', 'whether the reporter is the inbound side (older configurations)'],
  ['context.reporter.type', 'STRING', 'kind of the reporter (older configurations)', few],
  ['context.proxy_version', 'STRING', 'version of the proxy', few],
  ['api.service', 'STRING', 'public name of the API', few],
  ['api.version', 'STRING', 'version of the API', few],
  ['api.operation', 'STRING', 'operation of the API', few],
  ['api.protocol', 'STRING', 'protocol of the API', few],
  ['trace.id', 'STRING', 'trace that the request belongs to: 32 hexadecimal digits'],
  ['trace.span_id', 'STRING', "this hop's own span: 16 hexadecimal digits"],
  ['trace.parent_span_id', 'STRING', 'span that called; absent in the first of a trace'],
  ['trace.sampled', 'BOOL', 'whether spans of this trace are sent'],
] as const satisfies readonly Row[];

/** Known when the response has ended. */
const atReport = [
  ['request.size', 'INT64', 'bytes of the request body'],
  ['request.total_size', 'INT64', 'bytes of the request with its headers'],
  ['response.code', 'INT64', 'HTTP status of the response'],
  ['response.duration', 'DURATION', 'from the arrival of the request to the end of the response'],
  ['response.headers', 'STRING_MAP', 'response headers by lower-case name', headers],
  ['response.size', 'INT64', 'bytes of the response body'],
  ['response.total_size', 'INT64', 'bytes of the response with its headers'],
  ['response.time', 'TIMESTAMP', 'when the response ended'],
  ['response.grpc_status', 'STRING', 'status of a gRPC response'],
  ['response.grpc_message', 'STRING', 'message of a gRPC response'],
  ['connection.received.bytes', 'INT64', 'bytes received since the last report'],
  ['connection.received.bytes_total', 'INT64', 'bytes received on the connection'],
  ['connection.sent.bytes', 'INT64', 'bytes sent since the last report'],
  ['connection.sent.bytes_total', 'INT64', 'bytes sent on the connection'],
  ['connection.duration', 'DURATION', 'how long the connection was open'],
  [
    'context.proxy_error_code',
    'STRING',
    'why the proxy answered by itself, such as UF for an unreachable upstream',
  ],
  ['check.error_code', 'INT64', 'status code with which the check refused; 0 where it allowed'],
  ['check.error_message', 'STRING', 'message with which the check refused'],
  ['check.cache_hit', 'BOOL', 'whether the check was answered from the cache'],
  ['quota.cache_hit', 'BOOL', 'whether the quota was answered from a lease'],
  ['rbac.permissive.response_code', 'STRING', 'what a permissive authorization rule would have answered'],
  ['rbac.permissive.effective_policy_id', 'STRING', 'the permissive authorization rule that applied'],
] as const satisfies readonly Row[];

type StandardRow = (typeof atCheck)[number] | (typeof atReport)[number];

/** The standard attributes by name, each with the type its value is held as. */
export type StandardAttributes = { readonly [R in StandardRow as R[0]]: ValueOf<R[1]> };
export type StandardAttributeName = keyof StandardAttributes;

const declare =
  (available: 'check' | 'report') =>
  ([name, type, description, traits]: Row): AttributeDeclaration => ({
    name,
    type,
    description,
    available,
    ...traits,
  });

/**
 * The attributes that every configuration knows: those of the original's manifests and dictionary, and `trace.*` for
 * the spans of the sidecar. An AttributeManifest adds more.
 */
export const standardAttributes: readonly AttributeDeclaration[] = [
  ...atCheck.map(declare('check')),
  ...atReport.map(declare('report')),
];

export const standardVocabulary = new Vocabulary(standardAttributes);
