import { constants, type IncomingHttpHeaders } from 'node:http2';
import { type RefusalCode, statusCodeByNumber } from '@krater/mixer';
import type { CallFailure } from '../transport.ts';

const longestMessage = 1024;

/** What `grpc-status` and `grpc-message` say; undefined for a call that went well. Without a status the HTTP status speaks. */
export function failureOfTrailers(
  trailers: IncomingHttpHeaders,
  http: number | undefined,
): CallFailure | undefined {
  const status = trailers['grpc-status'];
  if (status === '0') return undefined;
  if (typeof status !== 'string') return failureOfHttp(http);
  const code = /^\d{1,2}$/.test(status) ? statusCodeByNumber(Number(status)) : undefined;
  const message = trailers['grpc-message'];
  return {
    code: code === undefined || code === 'OK' ? 'UNKNOWN' : code,
    message:
      typeof message === 'string' ? decodeMessage(message) : `the server answered with status ${status}`,
    seen: 'perhaps',
    by: 'server',
  };
}

/** An answer without a gRPC status comes from something in between, or from no gRPC server at all. */
export function failureOfHttp(status = 0): CallFailure {
  const code = codeByHttpStatus.get(status) ?? 'UNKNOWN';
  const message =
    status === 200 || status === 0
      ? 'the answer has no gRPC status'
      : `what answered is no gRPC server: HTTP status ${status}`;
  return { code, message, seen: 'perhaps', by: 'connection' };
}

/** As gRPC's doc/http-grpc-status-mapping.md has it. */
const codeByHttpStatus: ReadonlyMap<number, RefusalCode> = new Map([
  [400, 'INTERNAL'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'UNIMPLEMENTED'],
  [429, 'UNAVAILABLE'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'UNAVAILABLE'],
]);

/** Of a stream that the server reset, as gRPC's doc/PROTOCOL-HTTP2.md has it. */
export function failureOfReset(code: number): CallFailure {
  const name = resetNames.get(code) ?? String(code);
  return {
    code: codeByReset.get(code) ?? 'INTERNAL',
    message: `the server reset the call with ${name}`,
    seen: code === constants.NGHTTP2_REFUSED_STREAM ? 'no' : 'perhaps',
    by: 'connection',
  };
}

const codeByReset: ReadonlyMap<number, RefusalCode> = new Map([
  [constants.NGHTTP2_REFUSED_STREAM, 'UNAVAILABLE'],
  [constants.NGHTTP2_CANCEL, 'CANCELLED'],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, 'RESOURCE_EXHAUSTED'],
  [constants.NGHTTP2_INADEQUATE_SECURITY, 'PERMISSION_DENIED'],
]);

const resetNames: ReadonlyMap<number, string> = new Map([
  [constants.NGHTTP2_NO_ERROR, 'NO_ERROR'],
  [constants.NGHTTP2_PROTOCOL_ERROR, 'PROTOCOL_ERROR'],
  [constants.NGHTTP2_INTERNAL_ERROR, 'INTERNAL_ERROR'],
  [constants.NGHTTP2_FLOW_CONTROL_ERROR, 'FLOW_CONTROL_ERROR'],
  [constants.NGHTTP2_REFUSED_STREAM, 'REFUSED_STREAM'],
  [constants.NGHTTP2_CANCEL, 'CANCEL'],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, 'ENHANCE_YOUR_CALM'],
  [constants.NGHTTP2_INADEQUATE_SECURITY, 'INADEQUATE_SECURITY'],
]);

/** Percent-encoded UTF-8; what is none is left as it came, since a status must not fail for its message. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, longestMessage);
  } catch {
    return text.slice(0, longestMessage);
  }
}
