import type { TransportLimits } from '../transport.ts';

export const defaultLimits: TransportLimits = {
  replyBytes: 4 * 1024 * 1024,
  connect: 1_000,
  silence: 5_000,
  pong: 2_000,
  calls: 1_000_000_000,
};
