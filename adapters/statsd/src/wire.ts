import type { Destination } from '@krater/mixer/telemetry';

/** The way to a daemon. */
export interface Wire extends Destination<string> {
  close(): void;
}
