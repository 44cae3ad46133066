/** Bytes, milliseconds and counts; each has a default that a Mixer for some thousand proxies can live with. */
export interface MixerServerLimits {
  /** Bytes of one request (4 MiB). */
  readonly maxMessage: number;
  /** Bytes of requests that have arrived in part, of all connections of our own client together (64 MiB). */
  readonly maxUnfinished: number;
  readonly maxConnections: number;
  /** Calls at a time on one connection. */
  readonly maxStreams: number;
  readonly maxWatchers: number;
  /** Calls at a time that wait for handlers; those beyond are shed. */
  readonly maxChecks: number;
  readonly maxReports: number;
  /** Delay of the event loop from which on calls are shed. */
  readonly maxCheckDelay: number;
  readonly maxReportDelay: number;
  /** From the connection until both the TLS handshake and the first HTTP/2 frame are there. */
  readonly handshakeTimeout: number;
  /** From the head of a call until its message is complete, and from its answer until that is taken. */
  readonly messageTimeout: number;
  /** For handlers to take a report whose caller names no deadline. */
  readonly reportTimeout: number;
  /** Age at which a connection is told to go away, give or take a tenth. */
  readonly maxAge: number;
  /** How long calls in flight may go on after that. */
  readonly ageGrace: number;
  /** Without a call. */
  readonly maxIdle: number;
  readonly keepaliveTime: number;
  readonly keepaliveTimeout: number;
  /** Between messages of a watch stream that has nothing to tell. */
  readonly heartbeat: number;
}

export const defaultLimits: MixerServerLimits = {
  maxMessage: 4 * 1024 * 1024,
  maxUnfinished: 64 * 1024 * 1024,
  maxConnections: 10_000,
  maxStreams: 1_000,
  maxWatchers: 10_000,
  maxChecks: 5_000,
  maxReports: 500,
  maxCheckDelay: 500,
  maxReportDelay: 250,
  handshakeTimeout: 5_000,
  messageTimeout: 10_000,
  reportTimeout: 10_000,
  maxAge: 30 * 60_000,
  ageGrace: 10_000,
  maxIdle: 5 * 60_000,
  keepaliveTime: 30_000,
  keepaliveTimeout: 10_000,
  heartbeat: 5_000,
};
