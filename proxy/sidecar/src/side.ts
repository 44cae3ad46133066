import type { ServiceRegistry } from '@krater/config';
import type { Clock, Log, MixerAccess } from '@krater/mixer';
import type { Slots } from './attributes.ts';
import type { PeerTokens } from './peer/peer-token.ts';
import type { ReportQueue } from './report-queue.ts';
import type { Statistics } from './statistics.ts';
import type { Upstreams } from './upstream/upstreams.ts';

/** What the layers of a sidecar's inbound or outbound side share. */
export interface Side {
  readonly kind: 'inbound' | 'outbound';
  /** The name of the workload that the sidecar serves. */
  readonly workload: string;
  readonly registry: ServiceRegistry;
  readonly mixer: MixerAccess;
  readonly slots: Slots;
  readonly tokens: PeerTokens;
  readonly reports: ReportQueue;
  readonly upstreams: Upstreams;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly log: Log;
  /** Share of traces starting here that are sampled, where the Service does not say. */
  readonly defaultSampling: number;
}
