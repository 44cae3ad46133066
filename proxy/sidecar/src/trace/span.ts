import { randomFillSync } from 'node:crypto';
import type { StringMap } from '@krater/mixer';
import { type RemoteTrace, readTrace } from './trace-context.ts';

/** The sidecar's own span for one request: a server span inbound, a client span outbound. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** The caller's span, or undefined where the trace starts here. */
  readonly parentSpanId: string | undefined;
  readonly sampled: boolean;
  readonly tracestate: string | undefined;
}

/** Opens a span under whatever trace the headers tell of; a trace that starts here is sampled at `rate` (0 to 1). */
export function openSpan(headers: StringMap, rate: number): Span {
  const remote: RemoteTrace | undefined = readTrace(headers);
  const traceId = remote?.traceId ?? randomHex(16);
  return {
    traceId,
    spanId: randomHex(8),
    parentSpanId: remote?.spanId,
    sampled: remote?.sampled ?? isSampled(traceId, rate),
    tracestate: remote?.tracestate,
  };
}

/** Decided by the id, so that every sidecar that is left to decide decides the same. */
function isSampled(traceId: string, rate: number): boolean {
  return rate >= 1 || Number.parseInt(traceId.slice(-13), 16) < rate * 2 ** 52;
}

/**
 * The fields that make the next hop continue this span, as lines: W3C and B3 both, because applications propagate the
 * one or the other.
 */
export function traceLines(
  { traceId, spanId, parentSpanId, sampled, tracestate }: Span,
  single: boolean,
): string {
  const flag = sampled ? '1' : '0';
  let lines = `traceparent: 00-${traceId}-${spanId}-0${flag}\r\nx-b3-traceid: ${traceId}\r\nx-b3-spanid: ${spanId}\r\nx-b3-sampled: ${flag}\r\n`;
  if (parentSpanId !== undefined) lines += `x-b3-parentspanid: ${parentSpanId}\r\n`;
  if (tracestate !== undefined) lines += `tracestate: ${tracestate}\r\n`;
  return single ? `${lines}b3: ${traceId}-${spanId}-${flag}\r\n` : lines;
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Hex digits for `bytes` random bytes, never all zero. Drawn in bulk: one draw per id costs more than the rest of a span. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString('hex', used, used + bytes);
  used += bytes;
  return /[1-9a-f]/.test(text) ? text : randomHex(bytes);
}
