import type { StringMap } from '@krater/mixer';

/** What a caller says about the trace that a request belongs to. */
export interface RemoteTrace {
  /** 32 lower-case hex digits; undefined where the caller only said whether to sample. */
  readonly traceId: string | undefined;
  /** 16 lower-case hex digits: the caller's span. */
  readonly spanId: string | undefined;
  /** Undefined where the caller leaves the decision to us. */
  readonly sampled: boolean | undefined;
  /** As it came, if it is well-formed. */
  readonly tracestate: string | undefined;
}

const w3c = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const b3Single = /^(?:([01d])|([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?)$/i;
const hexTraceId = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i;
const hexSpanId = /^[0-9a-f]{16}$/i;
const zero = /^0+$/;

/**
 * Reads W3C `traceparent` and `tracestate`, else `b3`, else the `x-b3-*` fields, from a map of lower-case names.
 * What is malformed is as good as absent, as each of the specifications says.
 */
export function readTrace(headers: StringMap): RemoteTrace | undefined {
  return (
    readTraceparent(headers.traceparent, headers.tracestate) ?? readB3(headers.b3) ?? readB3Fields(headers)
  );
}

function readTraceparent(
  header: string | undefined,
  tracestate: string | undefined,
): RemoteTrace | undefined {
  const match = header === undefined ? null : w3c.exec(header);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined) || zero.test(traceId) || zero.test(spanId))
    return undefined;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return { traceId, spanId, sampled, tracestate: isTracestate(tracestate) ? tracestate : undefined };
}

function readB3(header: string | undefined): RemoteTrace | undefined {
  const match = header === undefined ? null : b3Single.exec(header);
  if (match === null) return undefined;
  const [, only, traceId, spanId, flag] = match;
  if (only !== undefined)
    return { traceId: undefined, spanId: undefined, sampled: only !== '0', tracestate: undefined };
  return fromB3(traceId as string, spanId as string, flag === undefined ? undefined : flag !== '0');
}

function readB3Fields(headers: StringMap): RemoteTrace | undefined {
  const sampled = b3Sampled(headers['x-b3-flags'], headers['x-b3-sampled']);
  const traceId = headers['x-b3-traceid'];
  const spanId = headers['x-b3-spanid'];
  if (traceId !== undefined && spanId !== undefined && hexTraceId.test(traceId) && hexSpanId.test(spanId)) {
    const trace = fromB3(traceId, spanId, sampled);
    if (trace !== undefined) return trace;
  }
  return sampled === undefined
    ? undefined
    : { traceId: undefined, spanId: undefined, sampled, tracestate: undefined };
}

function b3Sampled(flags: string | undefined, sampled: string | undefined): boolean | undefined {
  if (flags === '1' || sampled === '1' || sampled === 'true') return true;
  return sampled === '0' || sampled === 'false' ? false : undefined;
}

function fromB3(traceId: string, spanId: string, sampled: boolean | undefined): RemoteTrace | undefined {
  if (zero.test(traceId) || zero.test(spanId)) return undefined;
  return {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: spanId.toLowerCase(),
    sampled,
    tracestate: undefined,
  };
}

const member = /^[ \t]*(?:[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,256})?[ \t]*$/;

function isTracestate(text: string | undefined): text is string {
  if (text === undefined || text.length > 8192) return false;
  const members = text.split(',');
  return members.length <= 32 && members.every(one => member.test(one));
}
