import type { Exchange } from '../exchange.ts';
import type { Side } from '../side.ts';
import { traceLines } from '../trace/span.ts';

/**
 * The head of the request as the next hop gets it, latin1. End-to-end fields pass as they came; what concerns a
 * connection, a trace or the caller's identity is the sidecar's own.
 */
export function requestHead(exchange: Exchange, side: Side): string {
  const { fields, authority, span } = exchange;
  const { map, forwarded } = fields;
  const own = exchange.surrendered;
  let head = `${exchange.request.method} ${exchange.path} HTTP/1.1\r\nhost: ${authority}\r\n`;
  for (let index = 0; index < forwarded.length; index += 2)
    head += `${forwarded[index]}: ${forwarded[index + 1]}\r\n`;

  if (own === undefined) head += traceLines(span, map.b3 !== undefined);
  else head += withoutSurrendered(traceLines(span, map.b3 !== undefined), own);
  if (own?.has('x-request-id') !== true) head += `x-request-id: ${exchange.requestId}\r\n`;
  if (own?.has('x-forwarded-for') !== true) head += forwardedFor(exchange, side);
  if (own?.has('x-forwarded-proto') !== true) head += forwardedProto(exchange, side);
  if (side.kind === 'outbound') head += `x-krater-peer: ${side.tokens.sign(side.workload, authority)}\r\n`;

  if (fields.transferEncodings > 0) head += 'transfer-encoding: chunked\r\n';
  else if (map['content-length'] !== undefined) head += `content-length: ${map['content-length']}\r\n`;
  if (exchange.expectsContinue) head += 'expect: 100-continue\r\n';
  if (exchange.upgradeHead !== undefined) return `${head}connection: upgrade\r\nupgrade: websocket\r\n\r\n`;
  return wantsTrailers(map.te) ? `${head}te: trailers\r\nconnection: te\r\n\r\n` : `${head}\r\n`;
}

/** A proven peer has spoken for its caller already, and so has our own application; any other caller is added here. */
function forwardedFor({ fields, downstream, peer }: Exchange, { kind }: Side): string {
  const given = fields.map['x-forwarded-for'];
  if (kind === 'outbound' || peer !== undefined)
    return given === undefined ? '' : `x-forwarded-for: ${given}\r\n`;
  return given === undefined
    ? `x-forwarded-for: ${downstream.ip}\r\n`
    : `x-forwarded-for: ${given}, ${downstream.ip}\r\n`;
}

function forwardedProto({ fields, peer }: Exchange, { kind }: Side): string {
  const given = fields.map['x-forwarded-proto'];
  if (given !== undefined) return `x-forwarded-proto: ${given}\r\n`;
  return kind === 'outbound' || peer !== undefined ? '' : 'x-forwarded-proto: http\r\n';
}

function withoutSurrendered(lines: string, own: ReadonlySet<string>): string {
  return lines.replace(/([^:\r\n]+): [^\r\n]*\r\n/g, (line, name: string) => (own.has(name) ? '' : line));
}

function wantsTrailers(te: string | undefined): boolean {
  return te?.split(',').some(coding => coding.trim().toLowerCase() === 'trailers') === true;
}
