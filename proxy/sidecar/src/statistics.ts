/** Counts since the sidecar started, and what is going on now. */
export interface Statistics {
  requests: number;
  /** Requests being served. */
  active: number;
  /** Requests that were no HTTP, or ambiguous HTTP; answered 400 or alike, connection closed. */
  malformed: number;
  /** Requests refused by a check. */
  refused: number;
  /** Answers by the sidecar because there was no route, no endpoint, or no upstream. */
  unroutable: number;
  /** Requests sent again because a kept connection had gone stale. */
  retries: number;
  /** Responses broken off because the upstream broke off. */
  brokenOff: number;
  /** Requests whose client went away first. */
  abandoned: number;
  /** `x-krater-peer` tokens that did not verify. */
  unverifiedPeers: number;
  /** Header operations left out because they would have broken the message. */
  headerOperationsRefused: number;
  reported: number;
  /** Finished requests that nobody was told of, because the Mixer did not keep up or failed. */
  reportsLost: number;
}

export function createStatistics(): Statistics {
  return {
    requests: 0,
    active: 0,
    malformed: 0,
    refused: 0,
    unroutable: 0,
    retries: 0,
    brokenOff: 0,
    abandoned: 0,
    unverifiedPeers: 0,
    headerOperationsRefused: 0,
    reported: 0,
    reportsLost: 0,
  };
}
