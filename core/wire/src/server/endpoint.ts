import type { Duplex } from 'node:stream';
import type { Caller } from './caller.ts';

/** One way of speaking gRPC, to connections that the front door hands over. */
export interface Endpoint {
  accept(socket: Duplex, caller: Caller): void;
  /** Tells peers to make their next calls elsewhere; those that come nevertheless are served. */
  announceLeaving(): void;
  /** Serves no new calls; resolves when every connection has ended. */
  leave(): Promise<void>;
  /** Ends every connection now. */
  close(): void;
}
