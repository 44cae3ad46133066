import { statusCodes } from '@krater/mixer';
import { type Description, describe, destinationDescription } from '../description.ts';
import type { Destination, Exchange } from '../exchange.ts';
import { fieldMap } from '../http/request-fields.ts';
import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';

/** Tells the Mixer of every request that has ended, whatever its end, once. */
export function reporting(side: Side): Layer {
  const { slots, kind, reports, clock, registry, workload: own } = side;
  const chosen = new WeakMap<Destination, Description>();
  const describeChosen = ({ bag }: Exchange, destination: Destination) => {
    let description = chosen.get(destination);
    if (description === undefined) {
      description = destinationDescription(
        slots,
        destination.service,
        destination.workload,
        destination.address,
      );
      chosen.set(destination, description);
    }
    describe(bag, description);
  };

  const complete = (exchange: Exchange) => {
    const { values } = exchange.bag;
    const { request, span, tunnel } = exchange;
    const now = clock.now();
    const duration = Math.max(0, Math.round((now - exchange.startedAt) * 1000));
    if (kind === 'outbound' && exchange.destination !== undefined)
      describeChosen(exchange, exchange.destination);

    // Where the original's configurations look for the ids of a span.
    const { map } = exchange.fields;
    map['x-b3-traceid'] = span.traceId;
    map['x-b3-spanid'] = span.spanId;
    map['x-b3-sampled'] = span.sampled ? '1' : '0';
    if (span.parentSpanId !== undefined) map['x-b3-parentspanid'] = span.parentSpanId;

    const responseHeaders: { [name: string]: string } = fieldMap(exchange.responseHeaders);
    responseHeaders[':status'] = String(exchange.code);
    values[slots.requestSize] = exchange.requestSize;
    values[slots.requestTotalSize] =
      exchange.requestSize +
      exchange.fields.size +
      (request.method as string).length +
      (request.url as string).length +
      12;
    values[slots.responseCode] = exchange.code === 0 ? 499 : exchange.code;
    values[slots.responseDuration] = duration;
    values[slots.responseHeaders] = responseHeaders;
    values[slots.responseSize] = exchange.responseSize;
    values[slots.responseTotalSize] = exchange.responseSize + sizeOf(exchange.responseHeaders);
    values[slots.responseTime] = Math.floor(now * 1000);
    values[slots.contextProxyErrorCode] = exchange.proxyErrorCode;
    if (exchange.decision !== undefined) {
      const { code, message } = exchange.decision.status;
      values[slots.checkErrorCode] = statusCodes[code].number;
      values[slots.checkErrorMessage] = message;
      values[slots.checkCacheHit] = exchange.decision.origin !== undefined;
    }
    if (tunnel !== undefined) {
      values[slots.connectionDuration] = duration;
      values[slots.connectionReceivedBytes] = tunnel.received;
      values[slots.connectionReceivedBytesTotal] = tunnel.received;
      values[slots.connectionSentBytes] = tunnel.sent;
      values[slots.connectionSentBytesTotal] = tunnel.sent;
    }
  };

  return {
    name: 'reporting',
    around: next => exchange => {
      exchange.whenEnded(() => {
        complete(exchange);
        const service = kind === 'inbound' ? registry.serviceOf(own) : exchange.destination?.service;
        reports.add(exchange.bag, service?.namespace);
      });
      next(exchange);
    },
  };
}

/** Bytes of a head: its field lines, about 17 of a status line, and the empty line. */
function sizeOf(headers: readonly string[]): number {
  let size = 19 + headers.length * 2;
  for (let index = 0; index < headers.length; index++) size += (headers[index] as string).length;
  return size;
}
