/**
 * What a proxy does with a request or response field, by its name.
 *
 * - `forward`: end to end, passed on as it came;
 * - `hop`: concerns this connection only (RFC 9110 §7.6.1), never passed on;
 * - `owned`: replaced by the sidecar's own value, but seen by policy as it came;
 * - `private`: Krater's own; from outside it is nobody's, so it is neither passed on nor seen.
 */
export type Treatment = 'forward' | 'hop' | 'owned' | 'private';

export interface FieldName {
  /** Lower case. */
  readonly name: string;
  readonly treatment: Treatment;
}

const hop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];
const owned = [
  ...[
    'host',
    'content-length',
    'expect',
    'x-request-id',
    'x-forwarded-for',
    'x-forwarded-proto',
    'traceparent',
    'tracestate',
    'b3',
  ],
  ...['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
];

const treatments = new Map<string, Treatment>([
  ...hop.map(name => [name, 'hop'] as const),
  ...owned.map(name => [name, 'owned'] as const),
  ['x-istio-attributes', 'private'],
]);

/** Applications fold `_` and `-` into one; so must whoever protects a prefix. */
const privatePrefix = /^x[-_]krater[-_]/;

const known = new Map<string, FieldName>();
const knownLimit = 1024;

/** Looks a name up as it came from the wire. Hot path: spellings seen before cost one map lookup. */
export function fieldName(spelling: string): FieldName {
  const found = known.get(spelling);
  if (found !== undefined) return found;
  const name = spelling.toLowerCase();
  const treatment = treatments.get(name) ?? (privatePrefix.test(name) ? 'private' : 'forward');
  const entry = { name, treatment };
  if (known.size < knownLimit) known.set(spelling, entry);
  return entry;
}

/** Fields that no policy and no Connection header may touch: they frame or route the message. */
export function isUntouchable(name: string): boolean {
  const treatment = fieldName(name).treatment;
  return (
    treatment === 'hop' ||
    treatment === 'private' ||
    name === 'host' ||
    name === 'content-length' ||
    name === 'trailer' ||
    name === 'expect'
  );
}
