import type { Clock } from '@krater/mixer';
import { addressOf, type Config } from './config.ts';
import { lengthFraming, lineFraming, StreamWire } from './stream-wire.ts';
import { UdpWire } from './udp-wire.ts';
import type { Wire } from './wire.ts';

/** The wire that an address and a dialect call for. Nothing is opened yet. */
export function daemonWire(config: Config, clock: Clock): Wire {
  const address = addressOf(config);
  switch (address.transport) {
    case 'udp':
      return new UdpWire(address.host, address.port, clock);
    case 'tcp':
      return new StreamWire({ host: address.host, port: address.port }, lineFraming);
    case 'unix':
      return new StreamWire(
        { path: address.path },
        config.dialect === 'dogstatsd' ? lengthFraming : lineFraming,
      );
  }
}
