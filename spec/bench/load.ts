import type { Timing } from './measure.ts';
import type { Row } from './row.ts';

/** What a server, proxy or client came to under load. */
export interface Load {
  /** Requests or calls per second. */
  readonly rate: Timing;
  /** Microseconds of its processor time for each of them. */
  readonly cost: Timing;
}

/** Against a peer by processor time, since on few cores a rate also measures who makes the load. */
export function cheaper(what: string, ours: Load, peer: Load, least: number): Row {
  const ratio = peer.cost.median / ours.cost.median;
  return {
    what,
    ours: loadInWords(ours),
    peer: loadInWords(peer),
    ratio,
    target: `≥ ${least.toFixed(2)}×`,
    met: ratio >= least,
  };
}

/** Its cost and, in brackets, its rate. */
export function loadInWords({ rate, cost }: Load): string {
  return `${cost.median.toFixed(1)} µs ±${Math.round(cost.spread * 100)} % (${Math.round(rate.median / 100) / 10}k/s)`;
}
