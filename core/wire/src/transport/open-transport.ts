import type { Transport, TransportKind, TransportOptions } from '../transport.ts';
import { openGrpcJsTransport } from './grpc-js-transport.ts';
import { openHttp2Transport } from './http2-transport.ts';

const openByKind: Readonly<Record<TransportKind, (options: TransportOptions) => Transport>> = {
  http2: openHttp2Transport,
  'grpc-js': openGrpcJsTransport,
};

/**
 * A connection to one Mixer, by the transport of choice.
 *
 * @throws KraterError WIRE_BAD_ADDRESS
 * @example const transport = openTransport('http2', { address: 'unix:/run/mixer.sock', ambient: systemAmbient });
 */
export function openTransport(kind: TransportKind, options: TransportOptions): Transport {
  return openByKind[kind](options);
}
