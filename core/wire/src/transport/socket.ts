import { type LookupAddress, lookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TransportTls } from '../transport.ts';
import type { Target } from './mixer-address.ts';

/**
 * A socket to a Mixer that is about to connect, with TLS where it is asked for. Of a name with several addresses any may
 * be the first that is tried, so that many clients spread over them; the others follow where it does not answer.
 */
export function openSocket(address: Target, tls: TransportTls | undefined, random: () => number): Socket {
  const target =
    address.kind === 'unix'
      ? { path: address.path }
      : { host: address.host, port: address.port, noDelay: true, lookup: shuffledLookup(random) };
  if (tls === undefined) return connect(target);
  const { ca, cert, key, serverName } = tls;
  const name = serverName ?? (address.kind === 'unix' ? 'localhost' : address.host);
  const socket = connectTls({
    ...target,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(isIP(name) === 0 && { servername: name }),
    ALPNProtocols: ['h2'],
  });
  socket.once('secureConnect', () => {
    if (socket.alpnProtocol !== 'h2') socket.destroy(new Error('the server does not offer HTTP/2 over TLS'));
  });
  return socket;
}

/** Keeps the system's preference between IPv4 and IPv6, and no other order. */
function shuffledLookup(random: () => number): LookupFunction {
  return (host, options, callback) =>
    lookup(host, options, (error, found, family) => {
      if (error !== null || !Array.isArray(found)) return callback(error, found, family);
      callback(null, shuffled(found, random));
    });
}

function shuffled(addresses: readonly LookupAddress[], random: () => number): LookupAddress[] {
  const preferred = addresses[0]?.family;
  return addresses
    .map(address => ({ address, rank: random() + (address.family === preferred ? 0 : 1) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ address }) => address);
}
