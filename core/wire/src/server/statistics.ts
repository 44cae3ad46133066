import { type StatusCode, statusCodes } from '@krater/mixer';
import type { Method } from '../methods.ts';
import type { TransportKind } from '../transport.ts';

/** Counts of one endpoint. */
export class EndpointCounts {
  /** By the number of the code. */
  readonly calls: Readonly<Record<Method, Float64Array>> = {
    check: perCode(),
    report: perCode(),
    watch: perCode(),
  };
  /** Of messages, without what frames them. */
  bytesReceived = 0;
  bytesSent = 0;
  /** Now, and since the start. */
  connections = 0;
  accepted = 0;

  count(method: Method, code: StatusCode): void {
    const counts = this.calls[method];
    const { number } = statusCodes[code];
    counts[number] = (counts[number] ?? 0) + 1;
  }
}

function perCode(): Float64Array {
  return new Float64Array(Object.keys(statusCodes).length);
}

/** Why a connection was ended for what it did. */
export type CutReason = 'not-grpc' | 'slow' | 'too-many' | 'tls' | 'unresponsive';

/** What a server counts. */
export class ServerCounts {
  readonly endpoints: Readonly<Record<TransportKind, EndpointCounts>> = {
    http2: new EndpointCounts(),
    'grpc-js': new EndpointCounts(),
  };
  readonly cut: Record<CutReason, number> = {
    'not-grpc': 0,
    slow: 0,
    'too-many': 0,
    tls: 0,
    unresponsive: 0,
  };
  decodeErrors = 0;
  /** Records of report batches that handlers took. */
  records = 0;
  /** Batches that came again, since their sender had heard nothing. */
  repeatedBatches = 0;
  /** Records that clients say they lost. */
  lostByClients = 0;
}
